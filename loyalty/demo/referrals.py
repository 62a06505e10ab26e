"""The demo shop's referrals: half a year of customers who came by others, in all states."""

from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from django.db import connection

from customers.demo_shop import Stage, stages
from customers.models import User
from loyalty import programs
from loyalty.coupons import batches
from loyalty.models import Coupon, Offer, Program, Referral, ReferralTerms
from loyalty.referrals import codes, orders, rewarding, rules

HALF_A_YEAR = timedelta(days=180)
WEEK = timedelta(days=7)
CAME, WAITING, MEMBERS, CODES = 90, 8, 40, 200
# The first order of those who came lately, and members who know the shop for longer.
FIRST_ORDERS = """
    SELECT o.customer_id, o.id, o.placed_at FROM customers_order o JOIN customers_customer c ON c.id = o.customer_id
    WHERE o.kind = 'order' AND o.placed_at >= %(since)s AND o.placed_at < %(at)s AND c.merged_into_id IS NULL
      AND c.erased_at IS NULL AND NOT EXISTS (
        SELECT FROM customers_order e WHERE e.customer_id = o.customer_id AND e.kind = 'order'
            AND (e.placed_at, e.id) < (o.placed_at, o.id))
    ORDER BY o.placed_at, o.id
"""
FRIENDS = """
    SELECT s.customer_id FROM customers_customerstats s JOIN customers_customer c ON c.id = s.customer_id
    WHERE s.first_order_at < %(since)s AND s.orders >= 3 AND c.merged_into_id IS NULL AND c.erased_at IS NULL
    ORDER BY s.orders DESC, s.customer_id LIMIT %(members)s
"""
STRANGERS = """
    SELECT c.id FROM customers_customer c WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL
      AND c.acquired_at >= %(lately)s AND c.acquired_at < %(at)s
      AND NOT EXISTS (SELECT FROM customers_order o WHERE o.customer_id = c.id)
    ORDER BY c.id LIMIT %(waiting)s
"""


class First(NamedTuple):
    customer_id: int
    order_id: int
    placed_at: datetime


def rows(statement: str, **params: Any) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def publish(program: Program, by: User | None, at: datetime) -> ReferralTerms:
    """Points for both at first, since two months a code for who is new."""
    offer = Offer.objects.create(name="10 € Willkommen", amount=1000, currency="EUR")
    coupon = Coupon.objects.create(
        offer=offer, name="Willkommen durch Freunde", kind=Coupon.Kind.POOL, single_use=True
    )
    batches.make(batches.order(coupon, CODES, at - HALF_A_YEAR, prefix="WF").pk, at - HALF_A_YEAR)
    first = ReferralTerms(
        program=program, active=True, giver_points=500, welcome_points=250, least_value=2000, most_per_year=5
    )
    rules.publish(first, by, at - HALF_A_YEAR)
    second = ReferralTerms(
        program=program, active=True, giver_points=500, welcome_coupon=coupon, least_value=2000
    )
    second.most_per_year, second.most_in_all = 10, 1000
    return rules.publish(second, by, at - 8 * WEEK)


def come(program: Program, random: Random, at: datetime) -> list[First]:
    since = at - HALF_A_YEAR
    found = [First(*row) for row in rows(FIRST_ORDERS, since=since, at=at)]  # type: ignore[arg-type]
    chosen = sorted(random.sample(found, min(CAME, len(found))), key=lambda each: each.placed_at)
    friends = [row[0] for row in rows(FRIENDS, since=since, members=MEMBERS)]
    versions = list(ReferralTerms.objects.filter(program=program).order_by("-version"))
    strangers = [row[0] for row in rows(STRANGERS, lately=at - 4 * WEEK, at=at, waiting=WAITING)]
    if not friends:
        return []
    codes.of(friends, since)
    said = [(each.customer_id, each.placed_at - timedelta(hours=random.randrange(1, 60))) for each in chosen]
    said += [(pk, at - timedelta(hours=random.randrange(2, 200))) for pk in strangers]
    Referral.objects.bulk_create(
        [
            Referral(
                terms=next((each for each in versions if each.at <= moment), versions[-1]),
                referrer_id=friends[int(len(friends) * random.random() ** 2)],
                recommended_id=pk,
                source=Referral.Source.TILL if random.random() < 0.3 else Referral.Source.API,
                claimed_at=moment,
            )
            for pk, moment in said
        ]
    )
    return chosen


@stages.register
class Referrals(Stage):
    """Without a programme nobody is rewarded."""

    key = "referrals"
    order = 80

    def build(self, random: Random, at: datetime) -> None:
        program = programs.active().first()
        if program is None:
            return
        publish(program, User.objects.order_by("pk").first(), at)
        came = come(program, random, at)
        now = at - HALF_A_YEAR
        while now < at:
            now = min(now + WEEK, at)
            orders.note([each.order_id for each in came if each.placed_at <= now], now)
            while rewarding.sweep(now):
                pass
