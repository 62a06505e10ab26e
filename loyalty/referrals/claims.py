"""Who came by whom is stated here: once, before the first order, and never by oneself.

All claims take turns, since a circle may go over many people; they are as rare as sign-ups. Under that lock both
customers are held, so that neither is merged meanwhile; the unique key says the last word.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from customers import dirty, merging
from customers.models import Customer, Order
from loyalty.models import Referral, ReferralTerms
from loyalty.referrals import codes, limits, orders, rules
from loyalty.referrals.refusals import GONE, UNKNOWN, Refused

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('referral claims', 0))"
# One person: the same mailbox (whatever stands behind a +), the same phone, or at the same postal code the same name
# or the same street. Mail and phone are looked for among all, each by its index; so is the name.
LOOK = """
    SELECT coalesce(n.acquired_at, n.created_at),
        EXISTS (SELECT FROM customers_order o WHERE o.customer_id = n.id AND o.kind = 'order'
                AND o.placed_at < coalesce(%(opened)s::timestamptz, 'infinity')),
        (n.email <> '' AND regexp_replace(lower(n.email), '[+][^@]*@', '@')
                         = regexp_replace(lower(r.email), '[+][^@]*@', '@'))
        OR (n.phone <> '' AND n.phone = r.phone)
        OR (n.postal_code <> '' AND n.postal_code = r.postal_code AND (
            (trim(n.sort_name) <> '' AND n.sort_name = r.sort_name)
            OR lower(trim(n.attributes ->> 'street')) = nullif(lower(trim(r.attributes ->> 'street')), ''))),
        EXISTS (SELECT FROM customers_customer o WHERE n.email <> '' AND lower(o.email) = lower(n.email)
                AND o.id NOT IN (n.id, r.id) AND o.merged_into_id IS NULL AND o.erased_at IS NULL)
        OR EXISTS (SELECT FROM customers_customer o WHERE n.phone <> '' AND o.phone = n.phone AND o.phone <> ''
                   AND o.id NOT IN (n.id, r.id) AND o.merged_into_id IS NULL AND o.erased_at IS NULL)
        OR EXISTS (SELECT FROM customers_customer o WHERE n.postal_code <> '' AND trim(n.sort_name) <> ''
                   AND o.sort_name = n.sort_name AND o.postal_code = n.postal_code
                   AND o.id NOT IN (n.id, r.id) AND o.merged_into_id IS NULL AND o.erased_at IS NULL)
    FROM customers_customer n, customers_customer r WHERE n.id = %(new)s AND r.id = %(referrer)s
"""
CIRCLE = """
    WITH RECURSIVE above AS (
        SELECT referrer_id AS id FROM loyalty_referral WHERE recommended_id = %(referrer)s
        UNION SELECT f.referrer_id FROM above JOIN loyalty_referral f ON f.recommended_id = above.id
    )
    SELECT EXISTS (SELECT FROM above WHERE id = %(new)s)
"""


@dataclass(frozen=True)
class Claim:
    """`code` as it was typed, `recommended_id` the new customer, `source` one of Referral.Source.

    `opened_at`: when she opened the link, where that is proven. What she has ordered since does not speak against it:
    who signs up and orders in one step is claimed for when both are over.
    """

    code: str
    recommended_id: int
    source: str
    opened_at: datetime | None = None


class Seen(NamedTuple):
    since: datetime
    ordered: bool
    same: bool
    known: bool


@transaction.atomic
def claim(said: Claim, at: datetime) -> Referral:
    """State that she came by the holder of this code; a repeated call gets the first answer. Raises Refused."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    referrer = codes.holder(said.code)
    if referrer is None:
        raise Refused(UNKNOWN)
    new = merging.follow(said.recommended_id)
    _hold(referrer, new)
    known = Referral.objects.filter(recommended=new).first()
    if known and known.referrer_id == referrer:
        return known
    if known:
        raise Refused("other")
    terms = rules.running(at)
    if terms is None:
        raise Refused("off")
    _check(terms, referrer, new, said.opened_at, at)
    made = Referral.objects.create(
        terms=terms,
        referrer_id=referrer,
        recommended_id=new,
        source=said.source,
        claimed_at=at,
        opened_at=said.opened_at,
    )
    if said.opened_at:
        orders.note(list(Order.objects.filter(customer=new).values_list("pk", flat=True)), at)
        made.refresh_from_db()
    dirty.mark([referrer, new], at)
    return made


def _hold(referrer: int, new: int) -> None:
    """Keep both from being merged or erased meanwhile."""
    rows = Customer.objects.select_for_update(no_key=True).filter(pk__in={referrer, new}).order_by("pk")
    living = {row.pk for row in rows if not row.merged_into_id and not row.erased_at}
    if referrer not in living:
        raise Refused(UNKNOWN)
    if new not in living:
        raise Refused(GONE)


def _check(terms: ReferralTerms, referrer: int, new: int, opened: datetime | None, at: datetime) -> None:
    if referrer == new:
        raise Refused("self")
    seen = _look(referrer, new, opened)
    if seen.same:
        raise Refused("same")
    if seen.known:
        raise Refused("known")
    if seen.ordered:
        raise Refused("ordered")
    if seen.since < at - timedelta(days=terms.claim_days):
        raise Refused("late")
    if _circle(referrer, new):
        raise Refused("circle")
    _within_limits(terms, referrer, at)


def _within_limits(terms: ReferralTerms, referrer: int, at: datetime) -> None:
    """Nobody is promised what is used up: rewards that wait for a return window count as given."""
    year = at.astimezone(ZoneInfo(terms.program.time_zone)).year
    taken = limits.taken(terms.program, [referrer], year)
    waiting = Referral.objects.filter(terms__program=terms.program, state=Referral.State.QUALIFIED)
    if terms.most_per_year is not None:
        hers = taken.by_referrer.get(referrer, 0) + waiting.filter(referrer=referrer).count()
        if hers >= terms.most_per_year:
            raise Refused("limit")
    if terms.most_in_all is not None and taken.in_all + waiting.count() >= terms.most_in_all:
        raise Refused("budget")


def _look(referrer: int, new: int, opened: datetime | None) -> Seen:
    with connection.cursor() as cursor:
        cursor.execute(LOOK, {"new": new, "referrer": referrer, "opened": opened})
        since, *rest = cursor.fetchone()
        return Seen(since, *(bool(each) for each in rest))


def _circle(referrer: int, new: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(CIRCLE, {"new": new, "referrer": referrer})
        return bool(cursor.fetchone()[0])
