"""Codes are given to customers: from a pool or made to measure, each customer one per issue, however often it is asked.

Codes of a pool are claimed with SKIP LOCKED, so that many who claim at once never wait for or meet each other.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from customers import audit, dirty
from customers.models import Origin, User
from loyalty.coupons import windows
from loyalty.coupons.codes import is_gift_card, normalise
from loyalty.coupons.refusals import Refused
from loyalty.models import CodeBatch, Coupon, CouponCode
from loyalty.signals import coupons_issued

# Who has one already keeps it. Customers and free codes are laid side by side by their numbers.
GIVE = """
    WITH wanted AS (
        SELECT person, begins, ends, row_number() OVER (ORDER BY person) AS place
        FROM unnest(%(customers)s::bigint[], %(begin)s::timestamptz[], %(end)s::timestamptz[])
            AS w (person, begins, ends)
        WHERE NOT EXISTS (SELECT FROM loyalty_couponcode c WHERE c.coupon_id = %(coupon)s
                          AND c.issue = %(issue)s || '/' || person)
    ), free AS MATERIALIZED (
        {pool}
    ), numbered AS (
        SELECT id, row_number() OVER (ORDER BY id) AS place FROM free
    )
    UPDATE loyalty_couponcode c SET state = 'issued', customer_id = wanted.person,
        issue = %(issue)s || '/' || wanted.person, issued_at = %(at)s,
        valid_from = wanted.begins, valid_until = wanted.ends
    FROM numbered JOIN wanted ON wanted.place = numbered.place WHERE c.id = numbered.id
    RETURNING c.id, c.customer_id
"""
CLAIM = GIVE.format(
    pool="""SELECT id FROM loyalty_couponcode WHERE coupon_id = %(coupon)s AND state = 'free'
        ORDER BY id LIMIT (SELECT count(*) FROM wanted) FOR UPDATE SKIP LOCKED"""
)
# Those that are kept for a prize of a contest (contests/prizes.py), which nobody else takes.
CLAIM_KEPT = GIVE.format(
    pool="""SELECT k.id FROM loyalty_couponcode k JOIN loyalty_contestcode t ON t.code_id = k.id
        WHERE t.prize_id = %(prize)s AND k.coupon_id = %(coupon)s AND k.state = 'prize'
        ORDER BY k.id LIMIT (SELECT count(*) FROM wanted) FOR UPDATE OF k"""
)
HAND_OUT = """
    WITH free AS MATERIALIZED (
        SELECT id FROM loyalty_couponcode WHERE coupon_id = %(coupon)s AND state = 'free'
        ORDER BY id LIMIT %(count)s FOR UPDATE SKIP LOCKED
    )
    UPDATE loyalty_couponcode c SET state = 'issued', issue = %(issue)s || '/' || c.id, issued_at = %(at)s,
        valid_from = %(begins)s, valid_until = %(ends)s
    FROM free WHERE c.id = free.id
"""
# Two who issue the same take turns, so that nobody gets two codes or an error for a lost race.
LOCK_ISSUE = "SELECT pg_advisory_xact_lock(hashtextextended('issue ' || %(coupon)s || ' ' || %(issue)s, 0))"


class PoolEmpty(Exception):
    """There are `missing` codes too few; nothing was issued."""

    def __init__(self, missing: int) -> None:
        super().__init__(missing)
        self.missing = missing


@transaction.atomic
def issue(
    coupon: Coupon, customer_ids: Collection[int], key: str, at: datetime, kept_for: int | None = None
) -> dict[int, CouponCode]:
    """A code of the pool for each of these customers. `key` names the issue, such as a campaign's occurrence or
    "birthday-2026": with the same key everybody keeps the code she has. Who could never redeem a new one is left out:
    its days count from a purchase long ago, or begin when the coupon has ended. `kept_for` is the prize of a contest
    whose codes are given first. Raises PoolEmpty."""
    own = windows.of_customers(coupon, set(customer_ids), at)
    ids = sorted(pk for pk, window in own.items() if not windows.is_empty(window))
    limits = {"begin": [own[pk][0] for pk in ids], "end": [own[pk][1] for pk in ids]}
    params: dict[str, Any] = {
        "coupon": coupon.pk,
        "customers": ids,
        "issue": key,
        "at": at,
        "prize": kept_for,
    }
    claimed: list[tuple[int, int]] = []
    with connection.cursor() as cursor:
        cursor.execute(LOCK_ISSUE, params)
        for statement in [CLAIM] if kept_for is None else [CLAIM_KEPT, CLAIM]:
            cursor.execute(statement, params | limits)
            claimed += cursor.fetchall()
    keys = {f"{key}/{pk}": pk for pk in own}
    codes = CouponCode.objects.filter(coupon=coupon, issue__in=list(keys))
    found = {keys[code.issue or ""]: code for code in codes}
    if missing := len(set(ids) - set(found)):
        raise PoolEmpty(missing)
    if claimed:
        dirty.mark([customer for _pk, customer in claimed], at)
        coupons_issued.send(CouponCode, ids=[pk for pk, _customer in claimed], at=at, origin=Origin.LIVE)
    return found


@transaction.atomic
def publish(coupon: Coupon, text: str, at: datetime) -> CouponCode:
    """Make the one code of a generic coupon, such as SOMMER20. Raises Refused("used") for a text that is taken, also
    by one that looks like it, Refused("unknown") for one without symbols, Refused("gift_card") for one of
    the form that gift cards have."""
    plain = normalise(text)
    if not plain:
        raise Refused("unknown")
    if is_gift_card(plain):
        raise Refused("gift_card")
    code, made = CouponCode.objects.get_or_create(
        text=plain,
        defaults={
            "coupon": coupon,
            "shown": text.strip()[:60],
            "state": CouponCode.State.ISSUED,
            "issued_at": at,
        },
    )
    if not made and code.coupon_id != coupon.pk:
        raise Refused("used")
    return code


@transaction.atomic
def hand_out(coupon: Coupon, count: int, key: str, by: User | None, at: datetime) -> list[CouponCode]:
    """So many codes of the pool for paper or a partner, without a customer: from now on they can be redeemed, and no
    message gives them away. With the same key it is the same codes. Raises PoolEmpty."""
    begins, ends = windows.of_code(coupon, at)
    params: dict[str, Any] = {
        "coupon": coupon.pk,
        "count": count,
        "issue": key,
        "at": at,
        "begins": begins,
        "ends": ends,
    }
    handed = CouponCode.objects.filter(coupon=coupon, issue__startswith=f"{key}/").order_by("pk")
    with connection.cursor() as cursor:
        cursor.execute(LOCK_ISSUE, params)
        if handed.exists():
            return list(handed)
        cursor.execute(HAND_OUT, params)
        if cursor.rowcount < count:
            raise PoolEmpty(count - cursor.rowcount)
    audit.record(by, "codes.handed_out", coupon, at, count=count)
    return list(handed)


@transaction.atomic
def hand_out_batch(batch: CodeBatch, by: User, at: datetime) -> int:
    """All codes of a batch that nobody has yet, to be taken out as a file; how many."""
    coupon = batch.coupon
    begins, ends = windows.of_code(coupon, at)
    free = CouponCode.objects.filter(coupon=coupon, batch=batch, state=CouponCode.State.FREE)
    count = free.update(state=CouponCode.State.ISSUED, issued_at=at, valid_from=begins, valid_until=ends)
    audit.record(by, "codes.exported", batch, at, coupon=coupon.pk, count=count)
    return count


def void(code: CouponCode, by: User | None, at: datetime) -> None:
    """A code that must not be redeemed any more; what was redeemed with it stays. Raises Refused("prize") for one that
    a contest keeps for its winner."""
    with transaction.atomic():
        others = CouponCode.objects.filter(pk=code.pk).exclude(state=CouponCode.State.PRIZE)
        if not others.update(state=CouponCode.State.VOID):
            raise Refused("prize")
        audit.record(by, "code.voided", code, at)
