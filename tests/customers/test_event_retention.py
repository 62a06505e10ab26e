"""Events are forgotten by kind when their time is over, not a day earlier; nothing else goes with them."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from customers import event_months, tasks
from customers.models import CustomerStats, Event, EventKey
from customers.segment_conditions.behaviour import Behaviour
from customers.segments import compiler, tree
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
DAY = timedelta(days=1)
KEEP = {"page": 10, "view": 40, "other": 400}


@pytest.fixture(autouse=True)
def keep(settings: Any) -> None:
    settings.EVENT_KEEP_DAYS = dict(KEEP)


def happened(kind: str, *days_ago: float, person: Any = None) -> list[int]:
    times = [NOW - days * DAY for days in days_ago]
    event_months.ensure(times)
    rows = [Event(at=at, kind=kind, customer_id=person and person.pk, source="test") for at in times]
    return [event.pk for event in Event.objects.bulk_create(rows)]


def left() -> set[int]:
    return set(Event.objects.values_list("pk", flat=True))


def months() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'customers_event'::regclass"
        )
        return {name for (name,) in cursor.fetchall()}


def keys(*days_ago: int) -> None:
    EventKey.objects.bulk_create(
        EventKey(key=uuid.UUID(int=days), hash=1, at=NOW - days * DAY) for days in days_ago
    )


def test_each_kind_goes_when_its_own_days_are_over() -> None:
    page, view, order = (happened(kind, 9.9, 10.1, 39.9, 40.1, 399.9) for kind in ("page", "view", "order"))
    assert event_months.forget(NOW) == 4 + 2
    assert left() == {page[0], *view[:3], *order}


def test_a_moment_that_is_exactly_as_old_as_is_kept_stays() -> None:
    rows = happened("page", 10)
    assert event_months.forget(NOW) == 0
    assert left() == set(rows)
    assert event_months.forget(NOW + timedelta(microseconds=1)) == 1
    assert left() == set()


def test_the_same_night_again_forgets_nothing_more() -> None:
    happened("page", 9, 11)
    assert event_months.forget(NOW) == 1
    assert event_months.forget(NOW) == 0


def test_whole_months_are_dropped_only_when_all_in_them_is_older_than_anything_kept() -> None:
    """What is kept longest reaches back to 19 October 2025: that month stays, those before it go at once."""
    within, over = happened("order", 399, 401)
    happened("order", 425, 500)
    oldest = NOW - 400 * DAY
    assert (oldest.year, oldest.month, oldest.day) == (2025, 10, 19)
    before = months()
    assert {"customers_event_2025_10", "customers_event_2025_09", "customers_event_2025_07"} <= before
    assert event_months.forget(NOW) == 1, "of the month that stays, one is deleted by itself"
    assert left() == {within}
    gone = before - months()
    assert {"customers_event_2025_09", "customers_event_2025_07"} <= gone
    assert "customers_event_2025_10" not in gone
    assert all(name < "customers_event_2025_10" for name in gone)
    assert over not in left()


def test_the_partition_of_what_is_oldest_is_never_dropped_but_emptied() -> None:
    """Events before 2015 lie in one of their own, whose name is no month's."""
    others = {name for name in months() if "customers_event_2" not in name}
    assert others, "else this test says nothing"
    ancient = Event.objects.create(at=event_months.FIRST - DAY, kind="order", source="test")
    event_months.forget(NOW)
    assert others <= months()
    assert ancient.pk not in left()


def test_what_is_dropped_can_be_recorded_again() -> None:
    """An import of old history makes its months anew; the next night takes them back."""
    happened("order", 500)
    event_months.forget(NOW)
    assert "customers_event_2025_07" not in months()
    again = happened("order", 500)
    assert left() == set(again)
    event_months.forget(NOW)
    assert left() == set()


@pytest.mark.parametrize("number", [2, 3, 4, 7])
def test_many_are_deleted_in_batches_and_counted_once(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_months, "BATCH", 3)
    happened("page", *[11 + place for place in range(number)])
    kept = happened("page", 1, 2)
    assert event_months.forget(NOW) == number
    assert left() == set(kept)


def test_keys_stay_as_long_as_any_event_may() -> None:
    """A message whose key is forgotten would count again when its source repeats it."""
    keys(11, 399, 401, 900)
    event_months.forget(NOW)
    assert set(EventKey.objects.values_list("at", flat=True)) == {NOW - 11 * DAY, NOW - 399 * DAY}


def test_a_kind_that_nobody_named_is_kept_as_long_as_the_others(settings: Any) -> None:
    settings.EVENT_KEEP_DAYS = {"other": 5}
    for kind in Event.Kind.values:
        happened(kind, 4, 6)
    assert event_months.forget(NOW) == len(Event.Kind.values)
    assert Event.objects.count() == len(Event.Kind.values)


def test_people_and_their_roll_up_stay(settings: Any) -> None:
    anna = CustomerFactory()
    CustomerStats.objects.create(customer=anna, last_view_at=NOW - 50 * DAY)
    happened("view", 50, person=anna)
    assert event_months.forget(NOW) == 1
    assert CustomerStats.objects.get(customer=anna).last_view_at == NOW - 50 * DAY


def test_the_nightly_task_forgets_and_has_the_next_months_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.timezone, "now", lambda: datetime(2031, 12, 30, 3, tzinfo=UTC))
    happened("page", 9)
    tasks.keep_events()
    assert left() == set()
    ahead = {"customers_event_2031_12", "customers_event_2032_01", "customers_event_2032_02"}
    assert ahead <= months()
    assert "customers_event_2026_11" not in months()
    tasks.keep_events()
    assert ahead <= months()


def viewed(days: int, operator: str = "at_least", number: int = 1) -> dict[str, Any]:
    params = {"kind": "view", "subject": "any", "bought": "any", "operator": operator, "number": number}
    return {"condition": "behaviour", "params": params | {"window": "days", "days": days}}


def found(rule: dict[str, Any]) -> set[int]:
    compiled = compiler.compile_rule({"all": [rule]}, NOW)
    with connection.cursor() as cursor:
        cursor.execute(compiled.sql, compiled.params)
        return {pk for (pk,) in cursor.fetchall()}


@pytest.mark.parametrize(("days", "rolled_up"), [(1, True), (40, True), (41, False), (365, False)])
def test_a_window_beyond_what_is_kept_is_asked_of_the_events(days: int, rolled_up: bool) -> None:
    leaf = tree.read(viewed(days)).node
    assert isinstance(leaf, tree.Leaf)
    assert (Behaviour().test_sql(leaf.params, NOW) is not None) == rolled_up


def test_the_roll_up_does_not_remember_for_the_rule_what_is_forgotten() -> None:
    """Else "at least once" would hold her of whom "exactly 0 times" is true as well."""
    lately, long_ago = CustomerFactory.create_batch(2)
    for person, days in ((lately, 20), (long_ago, 45)):
        happened("view", days, person=person)
        CustomerStats.objects.create(customer=person, last_view_at=NOW - days * DAY)
    assert found(viewed(60)) == {lately.pk, long_ago.pk}, "tonight it will be forgotten"
    event_months.forget(NOW)
    assert found(viewed(60)) == {lately.pk}
    assert found(viewed(60, "exactly", 0)) == {long_ago.pk}
    assert found(viewed(30)) == {lately.pk}


def test_the_days_of_other_kinds_count_for_what_has_none_of_its_own(settings: Any) -> None:
    settings.EVENT_KEEP_DAYS = {"view": 40, "other": 90}
    rule = viewed(90)
    rule["params"]["kind"] = "favourite"
    for days, rolled_up in ((90, True), (91, False)):
        leaf = tree.read({**rule, "params": rule["params"] | {"days": days}}).node
        assert isinstance(leaf, tree.Leaf)
        assert (Behaviour().test_sql(leaf.params, NOW) is not None) == rolled_up
