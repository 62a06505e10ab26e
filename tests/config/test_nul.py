"""No text of PostgreSQL holds the sign NUL: whoever sends one keeps her words or hears a refusal."""

import json

import pytest
from django.db import DataError, connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from config.nul import NulMiddleware
from customers.models import SavedView
from customers.tracking import keys
from tests.customers import door
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NUL = "\x00"
PAGES = ["customer_list", "segment_list", "campaign_list", "store_list", "coupon_list", "mailbox"]
CALLS = {
    "points/earn": {"customer": f"K{NUL}", "points": 5, "reason": "x"},
    "coupons/redeem": {"code": f"A{NUL}", "order": f"1{NUL}", "basket": {"currency": "EUR", "lines": []}},
    "referrals": {"customer": f"K{NUL}", "code": f"A{NUL}"},
    "messages/order/send": {"to": {"email": f"a{NUL}@b.example"}, "data": {"name": NUL}},
}


def test_a_saved_view_loses_only_the_sign(marketer: Client) -> None:
    given = {"page": "customers", "name": f"Köl{NUL}n", "query": f"q=a%00&city=K{NUL}"}
    assert marketer.post(reverse("saved_view_save"), given).status_code < 400
    assert SavedView.objects.get().name == "Köln"


@pytest.mark.parametrize("listed", PAGES)
def test_a_search_for_it_finds_nothing_or_is_refused(administrator: Client, listed: str) -> None:
    assert administrator.get(reverse(listed), {"q": f"a{NUL}"}).status_code in (200, 400)


@pytest.mark.parametrize("path", CALLS)
def test_the_api_refuses_it(path: str) -> None:
    secret = door.made(UserFactory(), "server", source="shop", scopes=list(keys.SCOPES))[1]
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": f"k-{path}"}
    body = json.dumps(CALLS[path])
    answer = Client().post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)
    assert 400 <= answer.status_code < 500, answer.content


@pytest.mark.parametrize("statement", ["SELECT %s::text", "SELECT %s::jsonb"])
def test_what_no_form_reads_is_refused_and_no_fault(statement: str, rf: RequestFactory) -> None:
    def view(request: HttpRequest) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, ['"\\u0000"' if "jsonb" in statement else NUL])

    request = rf.get("/")
    with pytest.raises(DataError) as raised:
        view(request)
    answer = NulMiddleware(lambda _request: None).process_exception(request, raised.value)  # type: ignore[arg-type,return-value]
    assert answer is not None
    assert answer.status_code == 400


def test_other_faults_stay_faults(rf: RequestFactory) -> None:
    assert NulMiddleware(lambda _request: None).process_exception(rf.get("/"), ValueError("NUL")) is None  # type: ignore[arg-type,return-value]
