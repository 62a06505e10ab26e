"""What a page may say with its public key, and for whom."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.test import Client

from customers.models import ApiKey, Customer, IngestCount, Shop
from customers.tracking import keys
from tests.customers.door import made, post, sweep, view
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PAGE = "https://linden.example"


@pytest.fixture
def page_key() -> tuple[ApiKey, str]:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    return made(UserFactory(), "browser", scopes=[], origins=[PAGE])


def test_a_browser_key_works_on_its_pages_only(page_key: tuple[ApiKey, str]) -> None:
    body = view(userId=None, anonymousId="v1", writeKey=page_key[1])
    answer = post("", "t", body, Origin=PAGE, **{"Content-Type": "text/plain"})
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == PAGE
    assert post("", "t", body, Origin="https://evil.example").status_code == 403
    assert post("", "t", body).status_code == 403
    asked = Client(headers={"Origin": PAGE}).options("/api/v1/t")
    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, PAGE)
    assert "Access-Control-Allow-Origin" not in Client(headers={"Origin": "https://evil.example"}).options(
        "/api/v1/t"
    )


@pytest.mark.parametrize(
    ("message", "fate"),
    [
        ({"type": "track", "event": "Order Refunded"}, "not_public"),
        ({"type": "track", "event": "Coupon Applied"}, "not_public"),
        ({"type": "track", "event": "Anything"}, "not_public"),
        ({"type": "alias", "previousId": "v0", "userId": "u1"}, "not_public"),
        ({"type": "identify", "userId": "u1"}, "unproven"),
        ({"type": "identify", "userId": "u1", "context": {"verified": True}}, "unproven"),
        ({"type": "identify", "userId": "u1", "context": {"token": "x.y.z"}}, "unproven"),
    ],
)
def test_what_a_public_key_may_not_say(
    page_key: tuple[ApiKey, str], message: dict[str, Any], fate: str
) -> None:
    answer = post(page_key[1], "batch", {"batch": [message | {"anonymousId": "v1"}]}, Origin=PAGE)
    assert len(answer.json()["rejected"]) == 1
    sweep()
    assert [count.fate for count in IngestCount.objects.all()] == [fate]
    assert not Customer.objects.exists()


def test_its_page_may_allow_further_events(page_key: tuple[ApiKey, str]) -> None:
    ApiKey.objects.filter(pk=page_key[0].pk).update(scopes=["Quiz Finished"])
    keys._remembered.clear()
    assert (
        post(
            page_key[1], "track", view(event="Quiz Finished", userId=None, anonymousId="v"), Origin=PAGE
        ).status_code
        == 200
    )


def token(key: ApiKey, user: str, minutes: int = 5, **claims: Any) -> str:
    said = {"sub": user, "exp": datetime.now(UTC) + timedelta(minutes=minutes)} | claims
    return jwt.encode(
        {name: value for name, value in said.items() if value}, keys.identity_secret(key), "HS256"
    )


def test_a_token_of_the_shop_says_who_she_is(page_key: tuple[ApiKey, str]) -> None:
    said = {"userId": "u1", "anonymousId": "v1", "traits": {"email": "evil@example.org"}}
    good = said | {"context": {"token": token(page_key[0], "u1")}}
    assert post(page_key[1], "identify", good, Origin=PAGE).status_code == 200
    sweep()
    customer = Customer.objects.get()
    assert (customer.identities.get().number, customer.email) == ("u1", "")
    for bad in (
        token(page_key[0], "u2"),
        token(page_key[0], "u1", -1),
        token(page_key[0], "u1", exp=None),
        "e30.e30.",
    ):
        assert (
            post(page_key[1], "identify", said | {"context": {"token": bad}}, Origin=PAGE).status_code == 400
        )


def test_too_many_calls_wait_a_minute(page_key: tuple[ApiKey, str], settings: Any) -> None:
    settings.BROWSER_CALLS_A_MINUTE = 2
    body = view(userId=None, anonymousId="v1")
    answers = [post(page_key[1], "track", body, Origin=PAGE) for _ in range(4)]
    assert [answer.status_code for answer in answers][:2] == [200, 200]
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"] == "60"
    assert answers[-1]["Access-Control-Expose-Headers"] == "Retry-After", "or no page could read it"
