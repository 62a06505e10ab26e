"""The API of points and rewards: a shop's server earns, holds, spends, claims; each call once, refusals in words."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers import people
from customers.models import ApiKey, IdempotencyKey, Origin
from customers.tracking import keys
from loyalty import books
from loyalty.models import Entry, PointsPayment, Program, RewardClaim
from tests.factories import UserFactory
from tests.loyalty import points
from tests.loyalty.rewards import pool, reward

pytestmark = pytest.mark.django_db
Call = Callable[..., Any]
K1 = {"customer": "K1"}


def server(scopes: list[str], source: str = "shop") -> str:
    return keys.make(
        ApiKey(name="Shop", kind="server", source=source, scopes=scopes), UserFactory(), timezone.now()
    )


def caller(secret: str) -> Call:
    client = Client()

    def call(path: str, body: Any = None, key: str = "", **query: Any) -> Any:
        headers = {"Authorization": f"Bearer {secret}"} | ({"Idempotency-Key": key} if key else {})
        if body is None:
            return client.get(f"/api/v1/{path}", query, headers=headers)
        return client.post(
            f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers
        )

    return call


@pytest.fixture
def programme() -> Program:
    return points.program()


@pytest.fixture
def anna(programme: Program) -> int:
    at = timezone.now()
    made = people.record([people.Person("K1")], at, Origin.LIVE, "shop")["K1"].customer_id
    points.give(programme, made, 250, at=at, ready=at)
    return made


@pytest.fixture
def call(anna: int) -> Call:
    return caller(server(["points"]))


def red() -> list[str]:
    return [verdict.invariant.key for verdict in books.check(timezone.now()) if not verdict.green]


def test_points_are_earned_once_and_stand_in_balance_and_statement(call: Call) -> None:
    first = call("points/earn", K1 | {"points": 30, "reason": "survey"}, "a").json()
    assert call("points/earn", K1 | {"points": 30, "reason": "survey"}, "a").json() == first
    assert call("points", **K1).json()["spendable"] == 280
    page = call("points/statement", **K1, limit=1).json()
    assert [(each["points"], each["reason"]) for each in page["bookings"]] == [(30, "survey")]
    rest = call("points/statement", **K1, limit=1, before=page["next"]).json()
    assert ([each["points"] for each in rest["bookings"]], rest["next"]) == ([250], None)


def test_another_request_under_a_used_key_is_refused(call: Call) -> None:
    call("points/earn", K1 | {"points": 30}, "a")
    answer = call("points/earn", K1 | {"points": 31}, "a")
    assert (answer.status_code, answer.json()["field"]) == (409, "Idempotency-Key")
    other_key = caller(server(["points"]))("points/earn", K1 | {"points": 31}, "a")
    assert other_key.status_code == 409
    assert Entry.objects.count() == 2


def test_without_a_key_or_a_scope_nothing_is_booked(call: Call) -> None:
    assert call("points/earn", K1 | {"points": 30}).status_code == 400
    reads = caller(server(["points_read"]))
    assert reads("points", **K1).status_code == 200
    assert reads("points/earn", K1 | {"points": 30}, "a").status_code == 403
    assert caller(server(["orders"]))("points", **K1).status_code == 403


def test_who_has_too_few_points_hears_how_many_are_missing(call: Call) -> None:
    answer = call("points/spend", K1 | {"points": 370}, "a")
    assert answer.status_code == 422
    assert answer.json()["reason"] == "120 points are missing."
    assert not IdempotencyKey.objects.exists()
    assert call("points/spend", K1 | {"points": 250}, "a").json()["balance"]["spendable"] == 0


def test_unknown_customers_programmes_and_ids_are_named(call: Call) -> None:
    answer = call("points", customer="K2")
    assert (answer.status_code, answer.json()["field"]) == (404, "customer")
    assert call("points", **K1, program="gold").json()["field"] == "program"
    assert call("points/reverse", {"booking": 2**62}, "r").json()["field"] == "booking"
    assert call(f"points/holds/{2**62}/release", {}, "h").json()["field"] == "hold"
    assert call("rewards/77/claims", K1, "c").json()["field"] == "reward"


def test_a_basket_is_held_spent_and_given_back(call: Call, programme: Program) -> None:
    reward(programme, "money")
    held = call("points/holds", K1 | {"points": 200}, "basket 1").json()
    assert (held["amount"], held["currency"], held["state"]) == (200, "EUR", "held")
    assert call("points", **K1).json()["spendable"] == 50
    spent = call(f"points/holds/{held['hold']}/spend", {"order": "10001"}, "order 1").json()
    again = call("points/reverse", {"booking": spent["booking"]}, "back 1").json()
    assert again["balance"]["spendable"] == 250
    other = call("points/holds", K1 | {"points": 100}, "basket 2").json()
    assert call(f"points/holds/{other['hold']}/release", {}, "gone 2").json()["state"] == "released"
    assert call(f"points/holds/{other['hold']}/spend", {}, "order 2").json()["field"] == "payment"
    assert PointsPayment.objects.count() == 2
    assert red() == []


def test_a_refund_of_a_part_gives_back_its_share_once(call: Call, programme: Program) -> None:
    reward(programme, "money")
    held = call("points/holds", K1 | {"points": 200}, "basket 1").json()["hold"]
    call(f"points/holds/{held}/spend", {"order": "10001"}, "order 1")
    part = {"amount": 2_000, "total": 8_000}
    for _twice in range(2):
        assert call(f"points/holds/{held}/refund", part, "back 1").json()["given_back"] == 50
    assert call("points", **K1).json()["spendable"] == 100
    much = call(f"points/holds/{held}/refund", part | {"amount": 6_001}, "back 2")
    assert (much.status_code, much.json()["field"]) == (422, "amount")
    rest = call(f"points/holds/{held}/refund", part | {"amount": 6_000}, "back 3").json()
    assert (rest["given_back"], rest["state"]) == (200, "refunded")
    assert red() == []


def test_another_source_cannot_touch_a_hold(call: Call, programme: Program) -> None:
    reward(programme, "money")
    held = call("points/holds", K1 | {"points": 200}, "basket 1").json()["hold"]
    stranger = caller(server(["points"], "till"))
    assert stranger(f"points/holds/{held}/spend", {}, "x").status_code == 404


def test_another_source_cannot_take_a_spend_back(call: Call) -> None:
    booking = call("points/spend", K1 | {"points": 50}, "a").json()["booking"]
    stranger = caller(server(["points"], "other"))
    answer = stranger("points/reverse", {"booking": booking}, "r")
    assert (answer.status_code, answer.json()["field"]) == (404, "booking")
    assert call("points/reverse", {"booking": booking}, "r").json()["balance"]["spendable"] == 250


def test_a_reward_is_listed_claimed_and_cancelled(call: Call, programme: Program) -> None:
    voucher = reward(
        programme, "coupon", coupon=pool(1), texts={"de": {"name": "Fünf Euro", "text": "Für dich"}}
    )
    reward(programme, active=False)
    [told] = call("rewards", language="de").json()["rewards"]
    assert (told["reward"], told["name"], told["points"]) == (voucher.pk, "Fünf Euro", 100)
    claimed = call(f"rewards/{voucher.pk}/claims", K1, "c1").json()
    assert claimed["code"]
    assert claimed["state"] == "done"
    assert call(f"rewards/{voucher.pk}/claims", K1, "c1").json() == claimed
    assert (
        call(f"rewards/{voucher.pk}/claims", K1, "c2").json()["reason"]
        == "There is no code left for this reward."
    )
    assert call(f"rewards/claims/{claimed['claim']}/cancel", {}, "x1").json()["state"] == "cancelled"
    assert call("points", **K1).json()["spendable"] == 250
    assert RewardClaim.objects.count() == 1
    assert red() == []
