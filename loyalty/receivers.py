"""What loyalty hears from below. Each runs a fixed number of statements, within the fact's own transaction."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from channels.signals import deliveries_called, deliveries_planned, delivery_events_recorded
from customers.models import Origin
from customers.signals import events_recorded, orders_placed, orders_refunded, people_identified
from loyalty import behaviour, earning
from loyalty.contests import entries
from loyalty.coupon_messages import life, reserving
from loyalty.referrals import brought
from loyalty.referrals import orders as referral_orders
from loyalty.sales import purchases


@receiver(orders_placed)
@receiver(orders_refunded)
def settle_points(ids: list[int], at: datetime, origin: Origin, **_more: Any) -> None:
    earning.settle(ids, at, origin)


@receiver(orders_placed)
@receiver(orders_refunded)
def note_referrals(ids: list[int], at: datetime, **_more: Any) -> None:
    referral_orders.note(ids, at)


@receiver(people_identified)
def note_links(said: list[tuple[int, dict[str, Any]]], at: datetime, **_more: Any) -> None:
    brought.note(said, at)


@receiver(events_recorded)
def reward_behaviour(ids: list[int], at: datetime, origin: Origin, **_more: Any) -> None:
    if origin == Origin.LIVE:
        behaviour.reward(ids, at, origin)


@receiver(events_recorded)
def note_events_for_contests(ids: list[int], at: datetime, **_more: Any) -> None:
    entries.note_events(ids, at)


@receiver(orders_placed)
def note_orders_for_plays(ids: list[int], at: datetime, **_more: Any) -> None:
    entries.note_orders(ids, at)
    purchases.note(ids, at)


@receiver(deliveries_planned)
def reserve_codes(ids: list[int], at: datetime, **_more: Any) -> None:
    reserving.plan(ids, at)


@receiver(deliveries_called)
def give_codes(ids: list[int], at: datetime, **_more: Any) -> None:
    life.call(ids, at)


@receiver(delivery_events_recorded)
def hear_of_codes(ids: list[int], at: datetime, kinds: set[str], **_more: Any) -> None:
    if kinds & life.HEARD:
        life.report(ids, at)
