"""Shops say who came by whom, and ask for a member's code."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import ApiKey, Customer, Identity
from customers.tracking import keys
from loyalty.models import Referral
from loyalty.referrals import codes
from tests.factories import UserFactory
from tests.loyalty import points, referrals

pytestmark = pytest.mark.django_db


def key(*scopes):
    return keys.make(
        ApiKey(name="shop", kind="server", source="shop", scopes=list(scopes)), UserFactory(), timezone.now()
    )


def person(number):
    """Who signed up just now: calls go by the clock on the wall."""
    made = Customer.objects.create(email=f"{number}@example.org".lower(), acquired_at=timezone.now())
    Identity.objects.create(customer=made, source="shop", number=number)
    return made


@pytest.fixture
def send():
    secret = key("referrals")

    def post(path, body, reference="k1", by=secret):
        headers = {"Authorization": f"Bearer {by}", "Idempotency-Key": reference, "Accept-Language": "en"}
        text = json.dumps(body)
        return Client().post(f"/api/v1/{path}", text, content_type="application/json", headers=headers)

    return post


@pytest.fixture(autouse=True)
def running():
    referrals.publish(points.program())


def test_a_shop_tells_once_who_came_by_whom_however_often_it_calls(send):
    berta, nina = person("B1"), person("N1")
    code = send("referrals/code", {"customer": "B1"}).json()
    assert code["link"].endswith(f"/invite/{code['code'].replace('-', '')}/")
    first = send("referrals", {"customer": "N1", "code": code["code"]})
    assert (first.status_code, first.json()["state"]) == (200, "claimed")
    assert send("referrals", {"customer": "N1", "code": code["code"]}).json() == first.json()
    assert send("referrals", {"customer": "N1", "code": code["code"]}, "k2").json() == first.json()
    made = Referral.objects.get()
    assert (made.referrer, made.recommended, made.source) == (berta, nina, "api")


def test_what_the_link_brought_along_is_as_good_as_the_code(send):
    berta = person("B1")
    person("N1")
    at = timezone.now()
    text = codes.of([berta.pk], at)[berta.pk].text
    assert send("referrals", {"customer": "N1", "link": "made up"}, "k1").status_code == 422
    old = codes.token(text, timedelta(days=30), at - timedelta(days=31))
    assert send("referrals", {"customer": "N1", "link": old}, "k2").status_code == 422
    link = codes.token(text, timedelta(days=30), at)
    assert send("referrals", {"customer": "N1", "link": link}, "k3").status_code == 200


def test_a_refusal_says_why_in_a_word_and_a_sentence_and_uses_up_no_key(send):
    person("B1")
    text = send("referrals/code", {"customer": "B1"}).json()["code"]
    answer = send("referrals", {"customer": "B1", "code": text})
    assert answer.status_code == 422
    said = answer.json()
    assert (said["code"], said["field"], said["detail"]) == ("self", "code", "Nobody can recommend herself.")
    person("N1")
    assert send("referrals", {"customer": "N1", "code": text}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"customer": "nobody", "code": "X"}, 422, "customer"),
        ({"customer": "N1"}, 422, "code"),
        ({"customer": "N1", "code": "NOSUCH"}, 422, "code"),
    ],
)
def test_what_cannot_be_is_answered_with_its_field(send, body, status, field):
    person("N1")
    answer = send("referrals", body)
    assert (answer.status_code, answer.json()["field"]) == (status, field)


def test_a_key_needs_the_right_scope(send):
    person("B1")
    other = key("orders")
    assert send("referrals/code", {"customer": "B1"}, by=other).status_code == 403
    assert send("referrals", {"customer": "B1", "code": "X"}, by=other).status_code == 403
    assert send("referrals", {"customer": "B1", "code": "X"}, by="nonsense").status_code == 401


def test_naming_the_case_is_not_optional(send):
    assert send("referrals", {"customer": "B1", "code": "X"}, "").status_code == 400
