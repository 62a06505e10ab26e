"""A programme in a pause gives no points; what it has given can be seen, spent, and is taken back with its order."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import ApiKey
from customers.tracking import keys
from loyalty import books
from loyalty.customer_panels.points import Points as Panel
from loyalty.models import Entry, Program
from loyalty.till_facts.points import Points as AtTill
from tests.factories import UserFactory
from tests.loyalty import orders, points
from tests.loyalty.points import NOON
from tests.loyalty.rewards import claim, reward

pytestmark = pytest.mark.django_db


@pytest.fixture
def program() -> Program:
    made = points.program()
    points.rule(made, points=1, per=1)
    return made


def pause(program: Program) -> None:
    program.active = False
    program.save()


def booked(customer_id: int) -> int:
    return sum(Entry.objects.filter(account__customer=customer_id).values_list("points", flat=True))


def diverging() -> list[str]:
    return [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green]


def test_a_refund_in_a_pause_takes_back_what_its_order_earned(program: Program) -> None:
    anna = orders.buyer()
    orders.record("1", ("mug", 2, "10"))
    pause(program)
    orders.record("1R", ("mug", 1, "10"), refund_of="1")
    orders.record("2", ("mug", 1, "10"))
    assert booked(anna.pk) == 10
    assert diverging() == []


def test_an_old_programme_takes_back_beside_a_new_one(program: Program) -> None:
    anna = orders.buyer()
    orders.record("1", ("mug", 2, "10"))
    pause(program)
    points.rule(points.program("new"), points=2, per=1)
    orders.record("1R", ("mug", 2, "10"), refund_of="1")
    assert booked(anna.pk) == 0
    assert diverging() == []


def test_the_books_see_points_that_a_pause_has_left(program: Program) -> None:
    anna = orders.buyer()
    orders.record("1", ("mug", 2, "10"))
    pause(program)
    line = anna.orders.get().lines.get()
    type(line).objects.filter(pk=line.pk).update(amount=500)
    assert diverging() == ["order_points"]


def test_what_was_given_is_seen_and_buys_rewards(program: Program) -> None:
    anna = orders.buyer()
    mug = reward(program)
    points.give(program, anna.pk, 150)
    pause(program)
    assert claim(mug, anna.pk).state == "open"
    assert AtTill().show(anna, NOON) == [("Treuepunkte", "50")]
    shown: Any = Panel().context(anna, UserFactory(), NOON)
    assert [now.free for _program, now in shown["standings"]] == [50]
    assert AtTill().show(orders.buyer("C2"), NOON) == []


def test_a_shop_reads_and_spends_them_and_gives_none(program: Program) -> None:
    anna = orders.buyer()
    at = timezone.now()
    points.give(program, anna.pk, 150, at=at, ready=at)
    reward(program, "money")
    pause(program)
    secret = keys.make(
        ApiKey(name="Shop", kind="server", source="shop", scopes=["points"]), UserFactory(), at
    )
    client, about = Client(headers={"Authorization": f"Bearer {secret}"}), {"customer": "C1", "points": 100}

    def post(path: str) -> Any:
        headers = {"Idempotency-Key": path}
        return client.post(f"/api/v1/{path}", about, content_type="application/json", headers=headers)

    assert client.get("/api/v1/points", {"customer": "C1"}).json()["spendable"] == 150
    assert post("points/holds").status_code == 200
    about["points"] = 50
    assert post("points/spend").json()["balance"]["spendable"] == 0
    refused = post("points/earn")
    assert (refused.status_code, refused.json()["code"]) == (404, "program")
