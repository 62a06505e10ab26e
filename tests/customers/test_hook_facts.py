"""Facts become calls in their own transaction: once for each hook that is told of them, or not at all."""

import json

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from customers import people
from customers.hooks import managing, telling
from customers.hooks.kinds import Fact
from customers.models import Customer, Hook, HookCall, Identity, Origin
from tests.customers import hooks
from tests.customers.hooks import DAY, NOON
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db


def told() -> list[dict[str, object]]:
    return [call.body for call in HookCall.objects.order_by("pk")]


def test_an_order_is_told_with_its_numbers_and_no_address() -> None:
    hooks.hook()
    people.record([people.Person("K1", {"email": "anna@example.org"})], NOON, Origin.LIVE, "shop")
    anna = Customer.objects.get()
    Identity.objects.create(customer=anna, source="newsletter", number="anna@example.org")
    hooks.order("10001")
    [call] = HookCall.objects.all()
    assert call.body == {
        "type": "order.recorded",
        "timestamp": "2026-11-02T12:00:00+00:00",
        "data": {
            "customer": {"id": str(anna.key), "numbers": [{"source": "shop", "number": "K1"}]},
            "source": "shop",
            "number": "10001",
            "store": None,
            "placed_at": "2026-11-02T12:00:00+00:00",
            "total": 1290,
            "currency": "EUR",
        },
    }
    assert (call.customer, call.due_at, call.gives_up_at, call.attempts) == (anna, NOON, NOON + 3 * DAY, 0)


def test_an_order_of_nobody_is_told_without_a_customer() -> None:
    hooks.hook()
    hooks.order("1", customer="")
    [body] = told()
    assert body["data"]["customer"] is None  # type: ignore[index]


def test_nobody_is_told_what_she_did_not_choose_and_two_are_told_the_same() -> None:
    hooks.hook(name="Shop")
    hooks.hook(name="ERP")
    other, _secret = hooks.hook("https://crm.example/", "points.booked", name="Points")
    hooks.order("1", "2")
    assert HookCall.objects.filter(hook=other).count() == 0
    shop, erp = (
        sorted(hook.calls.values_list("event", "body__data__number"))
        for hook in Hook.objects.exclude(pk=other.pk)
    )
    assert shop == erp
    assert sorted(number for _event, number in shop) == ["1", "2"]


def test_a_fact_that_is_rolled_back_is_not_told() -> None:
    hooks.hook()
    with transaction.atomic():
        hooks.order("1")
        assert HookCall.objects.count() == 1
        transaction.set_rollback(True)
    assert not HookCall.objects.exists()


@pytest.mark.parametrize("origin", [Origin.IMPORT, Origin.DEMO])
def test_what_an_import_brings_is_no_news(origin: Origin) -> None:
    hooks.hook()
    hooks.order("1", origin=origin)
    assert not HookCall.objects.exists()


def test_nothing_is_told_of_the_erased() -> None:
    hooks.hook()
    anna, bea = CustomerFactory(erased_at=NOON), CustomerFactory()
    telling.tell("order.recorded", {1: Fact(anna.pk, {}), 2: Fact(bea.pk, {})}, NOON)
    assert HookCall.objects.get().customer == bea


def test_of_a_merged_profile_it_is_told_who_she_is_now() -> None:
    hooks.hook()
    anna = CustomerFactory()
    Identity.objects.create(customer=anna, source="shop", number="K7")
    telling.tell("order.recorded", {1: Fact(CustomerFactory(merged_into=anna).pk, {})}, NOON)
    whose = HookCall.objects.get().body["data"]["customer"]
    assert whose == {"id": str(anna.key), "numbers": [{"source": "shop", "number": "K7"}]}


def test_what_came_true_once_is_one_event_however_often_it_is_told() -> None:
    hooks.hook()
    hooks.hook(name="Shop")
    once = {7: Fact(None, {}, NOON)}
    telling.tell("points.booked", once, NOON)  # which nobody asks for
    for at in (NOON, NOON + DAY):
        telling.tell("order.recorded", once, at)
    assert (
        list(HookCall.objects.values_list("kind", "cause", "created_at")) == [("order.recorded", 7, NOON)] * 2
    )
    assert HookCall.objects.values("event").distinct().count() == 1


def test_another_row_of_that_number_is_another_event() -> None:
    """A database that was restored gives the numbers of lost rows away once more."""
    hooks.hook()
    for at in (NOON, NOON + DAY):
        telling.tell("order.recorded", {7: Fact(None, {}, at)}, NOON)
    assert HookCall.objects.values("event").distinct().count() == 2


def test_what_holds_now_is_told_each_time_that_it_changes() -> None:
    hooks.hook()
    for total in (100, 200, 100):
        telling.tell("order.recorded", {7: Fact(None, {"total": total})}, NOON)
    assert [body["data"]["total"] for body in told()] == [100, 200, 100]  # type: ignore[index]


def test_many_facts_take_as_many_statements_as_one() -> None:
    hooks.hook()
    hooks.hook(name="Shop")
    hooks.order("0")

    def statements(*numbers: str) -> list[str]:
        with CaptureQueriesContext(connection) as asked:
            hooks.order(*numbers)
        return [
            each["sql"] for each in asked if "hook" in each["sql"] or "customers_identity own" in each["sql"]
        ]

    one, many = statements("1"), statements(*(f"many{n}" for n in range(40)))
    assert len(one) == len(many) == 2  # whose numbers, and the one INSERT
    assert HookCall.objects.count() == 2 * 42


def test_facts_that_nobody_waits_for_cost_no_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process remembers for seconds; then one statement asks again."""
    telling.forget()
    with CaptureQueriesContext(connection) as first:
        hooks.order("1")
        hooks.order("2")
    assert len([each for each in first if "customers_hook" in each["sql"]]) == 1
    monkeypatch.setattr(telling, "_known", (telling._known[0], 0.0))
    with CaptureQueriesContext(connection) as later:
        hooks.order("3")
    assert len([each for each in later if "customers_hook" in each["sql"]]) == 1
    assert not HookCall.objects.exists()


def test_a_paused_hook_keeps_what_happens_for_three_days_and_no_longer() -> None:
    hook, _secret = hooks.hook()
    managing.pause(hook, hooks.staff(), NOON - 2 * DAY)
    hooks.order("1")
    assert HookCall.objects.count() == 1
    Hook.objects.update(paused_at=NOON - 4 * DAY)
    hooks.order("2")
    assert HookCall.objects.count() == 1


def test_who_wants_no_more_is_kept_nothing_for() -> None:
    hooks.hook()
    Hook.objects.update(paused_at=NOON, pause_reason=Hook.Pause.GONE)
    hooks.order("1")
    assert not HookCall.objects.exists()


def test_a_body_is_plain_json() -> None:
    hooks.hook()
    hooks.order("Ä-1")
    [body] = told()
    assert json.loads(json.dumps(body)) == body
