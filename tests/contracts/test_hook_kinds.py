"""What every kind of fact that webhooks tell must keep to."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import approval, launch, running
from channels import consent, suppression, tracking
from channels.models import Delivery, DeliveryEvent, Link, Suppression
from customers import dirty, people
from customers.hooks import kinds, telling
from customers.hooks.kinds import HookKind, hook_kinds
from customers.models import Customer, HookCall, Identity, Origin
from customers.segments.membership import keeping
from loyalty import ledger, tiers
from loyalty.bookings import Booking
from loyalty.coupons import issuing, redemptions
from loyalty.models import CouponCode, Redemption
from tests.campaigns import make
from tests.channels import people as said
from tests.customers import hooks
from tests.customers.hooks import NOON
from tests.factories import CustomerFactory, SegmentFactory
from tests.loyalty import coupons, ladders, points

pytestmark = pytest.mark.django_db
GERMAN = {"all": [{"condition": "language", "params": {"languages": ["de"]}}]}
MAY = ladders.MAY


def customers(count: int) -> list[Customer]:
    made = [CustomerFactory(language="fr") for _number in range(count)]
    for each in made:
        Identity.objects.create(customer=each, source="shop", number=f"K{each.pk}")
    return made


def changed(count: int) -> None:
    them = [people.Person(f"P{number}", {"first_name": "Anna"}) for number in range(count)]
    people.record(them, NOON, Origin.LIVE, "shop")


def ordered(count: int) -> None:
    hooks.order(*(f"O{number}" for number in range(count)))


def refunded(count: int) -> None:
    hooks.order(*(f"R{number}" for number in range(count)), refund=True)


def moved(count: int, *, out: bool = False) -> None:
    SegmentFactory(rule=GERMAN, revision=1)
    them = [each.pk for each in customers(count)]
    keeping.tick(lambda: NOON)
    for language in ("de", "fr")[: 1 + out]:
        Customer.objects.filter(pk__in=them).update(language=language)
        dirty.mark(them, NOON)
        keeping.tick(lambda: NOON)


def agreed(count: int) -> None:
    them = customers(count)
    consent.record([said.yes(each) for each in them], NOON)
    suppression.suppress("email", [them[0].email], Suppression.Reason.OBJECTION, NOON)


def reported(kind: DeliveryEvent.Kind) -> Callable[[int], None]:
    def report(count: int) -> None:
        rows = [said.sent(each) for each in customers(count)]
        link = Link.objects.earliest("pk").pk if kind == DeliveryEvent.Kind.CLICKED else None
        tracking.record([tracking.Event(row.pk, kind, f"k{row.pk}", NOON, link) for row in rows], NOON)

    return report


def booked(count: int) -> None:
    rows = [Booking(each.pk, 10, "test", str(each.pk)) for each in customers(count)]
    ledger.earn(points.program(), rows, NOON)


def issued(count: int) -> None:
    coupon = coupons.coupon(kind="pool")
    CouponCode.objects.bulk_create(CouponCode(coupon=coupon, text=f"POOL{n}AB") for n in range(count))
    issuing.issue(coupon, [each.pk for each in customers(count)], "test", NOON)


def redeemed(count: int) -> None:
    code = coupons.code(coupons.coupon())
    for each in customers(count):
        redemptions.redeem(coupons.wish(code.text, customer_id=each.pk), NOON)


def taken_back(count: int) -> None:
    redeemed(count)
    for source, reference in Redemption.objects.values_list("source", "reference"):
        redemptions.reverse(source, reference, NOON)


def climbed(count: int) -> None:
    programme = ladders.ladder()
    for each in customers(count):
        ladders.book(programme, each.pk, 150, str(each.pk))
    tiers.sweep(MAY)


def falling(count: int) -> None:
    climbed(count)
    tiers.announce(ladders.NEW_YEAR_28 - timedelta(days=10))


def run_out(count: int) -> None:
    for number in range(count):
        campaign = make.ready(people=0 if number else 3)
        run = launch.launch(campaign.pk, make.user(), NOON, seen=approval.digest(campaign))
        running.begin(run.pk, NOON)
        while running.plan_chunk(run.pk):
            pass
        rows = Delivery.objects.filter(occurrence=run.pk).order_by("pk")
        for row, state in zip(rows, ("delivered", "bounced", "withheld"), strict=True):
            Delivery.objects.filter(pk=row.pk).update(state=state)
    running.finish(NOON)


MAKERS: dict[str, Callable[[int], None]] = {
    "customer.changed": changed,
    "order.recorded": ordered,
    "order.refunded": refunded,
    "segment.entered": moved,
    "segment.left": lambda count: moved(count, out=True),
    "consent.changed": agreed,
    "message.bounced": reported(DeliveryEvent.Kind.BOUNCED),
    "message.complained": reported(DeliveryEvent.Kind.COMPLAINED),
    "message.opted_out": reported(DeliveryEvent.Kind.OPTED_OUT),
    "message.clicked": reported(DeliveryEvent.Kind.CLICKED),
    "points.booked": booked,
    "coupon.issued": issued,
    "coupon.redeemed": redeemed,
    "coupon.reversed": taken_back,
    "tier.changed": climbed,
    "tier.falling": falling,
    "campaign.finished": run_out,
}


# Rows that change: what holds is told again.
STATES = {"customer.changed", "order.recorded", "order.refunded", "consent.changed"}


def shape(value: Any) -> Any:
    """Which fields there are, all the way down; a value may be missing."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items() if isinstance(each, dict)} | {
            key: None for key, each in value.items() if not isinstance(each, dict)
        }
    return None


def test_every_kind_has_words_and_a_test() -> None:
    assert {kind.key for kind in hook_kinds} == MAKERS.keys()
    for kind in kinds.ordered():
        assert str(kind.label)
        assert str(kind.help).endswith(".")
        assert len(kind.key) <= 40
        assert json.loads(json.dumps(kind.sample)) == kind.sample


@pytest.mark.parametrize("kind", kinds.ordered(), ids=lambda kind: kind.key)
def test_a_fact_is_told_as_its_sample_says_and_names_no_address(kind: HookKind) -> None:
    hooks.hook("https://erp.example/", kind.key)
    MAKERS[kind.key](3)
    calls = list(HookCall.objects.order_by("pk"))
    assert len(calls) >= 3
    for call in calls:
        assert call.kind == call.body["type"] == kind.key
        assert call.body["data"].keys() == kind.sample.keys()
        if kind.sample["customer"]:
            assert call.customer_id
            assert call.body["data"]["customer"]["numbers"]
        assert "@" not in json.dumps(call.body)
    assert (
        any(shape(call.body["data"]) == shape(kind.sample) for call in calls) or kind.key == "points.booked"
    )


@pytest.mark.parametrize("kind", kinds.ordered(), ids=lambda kind: kind.key)
def test_a_fact_that_is_told_twice_is_one_event(kind: HookKind) -> None:
    hooks.hook("https://erp.example/", kind.key)
    MAKERS[kind.key](3)
    before = HookCall.objects.count()
    causes = list(HookCall.objects.values_list("cause", flat=True))
    telling.tell(kind.key, kind.facts(causes, NOON), NOON)
    again = len(set(causes)) if kind.key in STATES else 0
    assert HookCall.objects.count() == before + again


@pytest.mark.parametrize("kind", kinds.ordered(), ids=lambda kind: kind.key)
def test_many_facts_take_as_many_queries_as_one(kind: HookKind, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[int] = []
    kind.signal.connect(hear := lambda ids, **_told: heard.extend(ids))
    try:
        MAKERS[kind.key](12)
    finally:
        kind.signal.disconnect(hear)
    assert len(heard) >= 12
    with CaptureQueriesContext(connection) as one:
        assert kind.facts(heard[-1:], NOON) or kind.facts(heard[:1], NOON)
    with CaptureQueriesContext(connection) as many:
        assert len(kind.facts(heard, NOON)) >= 12
    assert len(many) <= len(one) <= 4
