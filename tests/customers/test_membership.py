"""Who becomes a member within a tick, who leaves, and what is written down about it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.dispatch import receiver

from channels import consent, suppression
from channels.models import Suppression
from customers import dirty, events, orders, products, signals, stats
from customers.models import Customer, Dirty, Origin, Segment, SegmentChange, SegmentMember, SegmentSize, Shop
from customers.segments import membership
from customers.segments.membership import keeping
from tests.channels.people import no, yes
from tests.factories import CustomerFactory, OrderFactory, SegmentFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BUYERS = {
    "condition": "orders_count",
    "params": {"operator": "at_least", "number": 1, "window": "all"},
}
RECENT = {"condition": "last_order", "params": {"operator": "within", "days": 7}}
GERMAN = {"condition": "language", "params": {"languages": ["de"]}}
CONSENT = {
    "condition": "consent",
    "params": {"state": "has", "purpose": "sending", "channel": "email", "topic": ""},
}


def made(rule: Any, **fields: Any) -> Segment:
    return SegmentFactory(rule={"all": [rule]}, revision=1, **fields)


def tick(at: datetime = NOON) -> None:
    assert keeping.tick(lambda: at)


def members(segment: Segment) -> set[int]:
    return set(segment.members.values_list("customer_id", flat=True))


def changes(segment: Segment) -> list[tuple[int, bool, bool]]:
    return list(segment.changes.order_by("id").values_list("customer_id", "entered", "by_rule"))


def orders_of(person: Customer, at: datetime = NOON) -> None:
    OrderFactory(customer=person, placed_at=at)
    stats.recount([person.pk])
    dirty.mark([person.pk], at)


def test_a_new_segment_is_built_by_the_next_tick():
    anna, _jane = CustomerFactory(language="de"), CustomerFactory(language="en")
    segment = made(GERMAN)
    assert membership.state(segment, NOON).kind == "building"
    tick()
    assert members(segment) == {anna.pk}
    assert changes(segment) == [(anna.pk, True, True)]
    segment.refresh_from_db()
    assert membership.state(segment, NOON) == membership.State("current", 1, 1, 0, NOON)
    tick()
    assert len(changes(segment)) == 1


def test_an_order_makes_a_member_within_a_tick_and_nobody_else_is_written_about():
    anna, _idle = CustomerFactory(), CustomerFactory()
    segment, other = made(BUYERS), made(GERMAN)
    tick()
    orders_of(anna)
    tick()
    assert members(segment) == {anna.pk}
    assert changes(segment) == [(anna.pk, True, False)]
    assert other.changes.filter(by_rule=False).count() == 0
    assert not Dirty.objects.exists()


@pytest.fixture
def heard() -> Iterator[dict[int, str]]:
    """From where each customer's last entering was said to come."""
    told: dict[int, str] = {}

    def listen(ids: list[int], origin: str, **_: Any) -> None:
        entered = SegmentChange.objects.filter(pk__in=ids, entered=True)
        told.update(dict.fromkeys(entered.values_list("customer_id", flat=True), str(origin)))

    signals.segment_members_changed.connect(listen)
    yield told
    signals.segment_members_changed.disconnect(listen)


@pytest.mark.parametrize("most", [5_000, 2])
def test_who_enters_by_an_import_starts_nothing(heard: dict[int, str], most: int, monkeypatch: Any) -> None:
    monkeypatch.setattr(keeping, "MOST_PEOPLE", most)
    imported, alive, both = CustomerFactory.create_batch(3)
    segment = made(BUYERS)
    tick()
    for person in (imported, alive, both):
        OrderFactory(customer=person, placed_at=NOON)
    stats.recount([imported.pk, alive.pk, both.pk])
    dirty.mark([imported.pk, both.pk], NOON, Origin.IMPORT)
    dirty.mark([alive.pk, both.pk], NOON)
    tick()
    assert members(segment) == {imported.pk, alive.pk, both.pk}
    assert heard == {imported.pk: "import", alive.pk: "live", both.pk: "live"}
    assert not Dirty.objects.exists()


def test_a_live_fact_is_heard_though_an_import_waits_to_be_looked_at(
    heard: dict[int, str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(keeping, "MOST_PEOPLE", 1)
    anna, jane = CustomerFactory(), CustomerFactory()
    segment = made(BUYERS)
    tick()
    dirty.mark([anna.pk, jane.pk], NOON, Origin.IMPORT)
    assert keeping.sweep(lambda: NOON)
    assert set(Dirty.objects.filter(taken=True).values_list("customer_id", flat=True)) == {anna.pk, jane.pk}
    orders_of(anna)
    tick()
    assert members(segment) == {anna.pk}
    assert heard == {anna.pk: "live"}
    assert not Dirty.objects.exists()


def test_consent_and_suppression_are_heard():
    anna = CustomerFactory()
    suppression.refresh_keys()
    reachable = made({"condition": "email_address", "params": {"state": "reachable"}})
    willing = made(CONSENT)
    tick()
    consent.record([yes(anna, minutes=0)], NOON)
    tick()
    assert (members(willing), members(reachable)) == ({anna.pk}, {anna.pk})
    consent.record([no(anna, minutes=1)], NOON + timedelta(minutes=2))
    suppression.suppress("email", [anna.email], Suppression.Reason.BOUNCE, NOON)
    tick(NOON + timedelta(minutes=2))
    assert (members(willing), members(reachable)) == (set(), set())
    suppression.release(Suppression.objects.get(), NOON)
    tick()
    assert members(reachable) == {anna.pk}


def test_an_address_that_turns_out_to_be_suppressed_is_heard():
    anna = CustomerFactory()
    suppression.refresh_keys()
    listed = made({"condition": "email_address", "params": {"state": "suppressed"}})
    suppression.suppress("email", ["gone@example.org"], Suppression.Reason.BOUNCE, NOON)
    tick()
    Customer.objects.filter(pk=anna.pk).update(email="gone@example.org")
    suppression.refresh_keys()
    tick()
    assert members(listed) == {anna.pk}


@pytest.mark.parametrize("fate", ["merged_into", "erased_at"])
def test_merged_and_erased_people_leave(fate: str):
    anna, winner = CustomerFactory(), CustomerFactory(language="en")
    segment, negative = made(GERMAN), SegmentFactory(rule={"none": [BUYERS]}, revision=1)
    tick()
    Customer.objects.filter(pk=anna.pk).update(**{fate: winner if fate == "merged_into" else NOON})
    dirty.mark([anna.pk], NOON)
    tick()
    assert members(segment) == set()
    assert members(negative) == {winner.pk}
    assert changes(segment)[-1] == (anna.pk, False, False)


def test_time_alone_makes_people_leave_within_ten_minutes():
    anna = CustomerFactory()
    orders_of(anna)
    segment, timeless = made(RECENT), made(BUYERS)
    tick()
    late = NOON + timedelta(days=7, minutes=1)
    Segment.objects.filter(pk=segment.pk).update(due_at=late + timedelta(minutes=9))
    tick(late)
    assert members(segment) == {anna.pk}
    tick(late + timedelta(minutes=9))
    assert members(segment) == set()
    assert changes(segment)[-1] == (anna.pk, False, False)
    for each in (segment, timeless):
        each.refresh_from_db()
    assert segment.due_at == late + timedelta(minutes=19)
    assert timeless.due_at is not None
    assert timeless.due_at > late + timedelta(hours=1)


def test_a_birthday_begins_at_the_midnight_of_the_shop():
    Shop.objects.update_or_create(pk=1, defaults={"time_zone": "Pacific/Auckland"})
    anna = CustomerFactory(birthday=date(1990, 11, 24))
    segment = made({"condition": "birthday", "params": {"days": 0}})
    before = datetime(2026, 11, 23, 10, 55, tzinfo=UTC)  # 23:55 in Auckland
    tick(before)
    segment.refresh_from_db()
    assert segment.due_at == datetime(2026, 11, 23, 11, tzinfo=UTC)
    tick(segment.due_at - timedelta(seconds=1))
    assert members(segment) == set()
    tick(segment.due_at)
    assert members(segment) == {anna.pk}
    assert SegmentSize.objects.get(segment=segment, entered=1).day == date(2026, 11, 24)


def test_many_people_at_once_take_one_difference(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keeping, "MOST_PEOPLE", 3)
    segment = made(BUYERS)
    tick()
    people = [CustomerFactory() for _ in range(5)]
    for person in people:
        orders_of(person)
    monkeypatch.setattr(keeping.checking, "belonging", None)  # asking about each would fail
    tick()
    assert members(segment) == {person.pk for person in people}
    assert {by_rule for _person, _entered, by_rule in changes(segment)} == {False}


def test_who_bought_from_a_category_follows_the_article_that_moves():
    line = orders.Line("1", False, "A", "DE", "", NOON, "MUG", False, "Mug", 1, 5, "", 0)  # type: ignore[arg-type]
    products.record(
        [products.Article("MUG", category="Home"), products.Article("TOY", category="Toys")], NOON, "live"
    )
    orders.record([line], orders.Terms("shop", "EUR"), NOON, "live")
    toys = products.Category.objects.get(path="Toys").pk
    rule = {
        "condition": "bought_category",
        "params": {"categories": [str(toys)], "times": 1, "window": "all"},
    }
    segment = made(rule)
    tick()
    assert members(segment) == set()
    products.record([products.Article("MUG", category="Toys")], NOON, "live")
    tick()
    assert len(members(segment)) == 1


def bought_a_mug(rule: dict[str, Any]) -> Any:
    """A segment by this rule, in which nobody is, after somebody has bought the article MUG."""
    line = orders.Line("1", False, "A", "DE", "", NOON, "MUG", False, "Mug", 1, 5, "", 0)  # type: ignore[arg-type]
    products.record([products.Article("MUG")], NOON, "live")
    orders.record([line], orders.Terms("shop", "EUR"), NOON, "live")
    segment = made(rule)
    tick()
    assert members(segment) == set()
    return segment


OF_LINDEN = {"condition": "bought_brand", "params": {"brands": ["LINDEN"], "times": 1, "window": "all"}}


def test_who_bought_a_brand_follows_what_the_catalogue_says_of_the_article():
    segment = bought_a_mug(OF_LINDEN)
    products.record([products.Article("MUG", brand="Linden")], NOON, "live")
    tick()
    assert len(members(segment)) == 1


def test_who_bought_a_brand_follows_what_an_event_says_of_the_article():
    segment = bought_a_mug(OF_LINDEN)
    viewed = events.Fact("m1", 1, NOON, "view", visitor="v", product=events.Item("mug", brand="Linden"))
    events.record([viewed], events.Terms("shop", "EUR"), NOON, Origin.LIVE)
    assert Dirty.objects.filter(customer_id=0).count() == 0  # nobody but her buyers is looked at
    tick()
    assert len(members(segment)) == 1


def test_the_signal_names_the_changes_in_the_same_transaction():
    heard: list[tuple[int, bool]] = []

    @receiver(signals.segment_members_changed)
    def hear(ids: list[int], by_rule: bool, **_more: Any) -> None:
        heard.append((SegmentChange.objects.filter(pk__in=ids).count(), by_rule))
        raise RuntimeError

    made(GERMAN)
    CustomerFactory()
    with pytest.raises(RuntimeError):
        keeping.tick(lambda: NOON)
    assert heard == [(1, True)]
    assert not SegmentMember.objects.exists()
    assert not SegmentChange.objects.exists()
    signals.segment_members_changed.disconnect(hear)


def test_sizes_are_kept_per_day_and_carried_over_quiet_days():
    anna = CustomerFactory()
    segment = made(GERMAN)
    tick()
    Customer.objects.filter(pk=anna.pk).update(language="en")
    dirty.mark([anna.pk], NOON)
    CustomerFactory(language="de")
    dirty.mark(Customer.objects.values_list("pk", flat=True), NOON)
    tick(NOON + timedelta(days=3))
    rows = segment.sizes.order_by("day").values_list("size", "entered", "left")
    assert list(rows) == [(1, 1, 0), (1, 1, 1)]
    first = NOON.date()
    days = membership.sizes(segment, first - timedelta(days=1), first + timedelta(days=3))
    assert days == [(first + timedelta(days=n), 1) for n in range(4)]


def test_old_changes_are_forgotten_and_members_stay():
    CustomerFactory()
    segment = made(GERMAN)
    tick()
    assert membership.forget_changes(NOON) == 0
    assert membership.forget_changes(NOON + timedelta(seconds=1)) == 1
    assert segment.members.count() == 1
