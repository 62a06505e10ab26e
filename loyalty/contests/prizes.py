"""Codes that are kept for the winners of a contest: from its start nobody else can be given them.

They have a state of their own, so whoever takes free codes (issues, messages, print sheets, files, other contests)
passes them by. At the draw winners get them (coupons/issuing.py); what is left is free again.
"""

from django.db import connection

from loyalty.contests.refusals import Refused
from loyalty.models import Contest, ContestPrize, Coupon

KEEP = """
    WITH free AS MATERIALIZED (
        SELECT id FROM loyalty_couponcode WHERE coupon_id = %(coupon)s AND state = 'free'
        ORDER BY id LIMIT %(count)s FOR UPDATE SKIP LOCKED
    ), kept AS (
        UPDATE loyalty_couponcode c SET state = 'prize' FROM free WHERE c.id = free.id RETURNING c.id
    )
    INSERT INTO loyalty_contestcode (code_id, prize_id) SELECT id, %(prize)s FROM kept
"""
RELEASE = """
    WITH gone AS (
        DELETE FROM loyalty_contestcode t USING loyalty_contestprize p, loyalty_couponcode k
        WHERE p.id = t.prize_id AND p.contest_id = %(contest)s AND k.id = t.code_id AND k.state = 'prize'
        RETURNING t.code_id
    )
    UPDATE loyalty_couponcode c SET state = 'free' FROM gone WHERE c.id = gone.code_id
"""


def keep(contest: Contest) -> None:
    """A code for each of its prizes. Contests on one pool take turns. Raises Refused, which rolls everything back."""
    prizes = list(ContestPrize.objects.filter(contest=contest, coupon__isnull=False).order_by("position"))
    pools = {prize.coupon_id for prize in prizes if prize.coupon_id}
    held = {pool.pk: pool for pool in _held(pools)}
    missing = dict.fromkeys(held, 0)
    with connection.cursor() as cursor:
        for prize in prizes:
            cursor.execute(KEEP, {"coupon": prize.coupon_id, "count": prize.count, "prize": prize.pk})
            missing[prize.coupon_id or 0] += prize.count - cursor.rowcount
    for pk, count in missing.items():
        if count:
            raise Refused("pool", coupon=held[pk].name, missing=count)


def release(contest: Contest) -> int:
    """Give back what no winner got; how many codes."""
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, {"contest": contest.pk})
        return int(cursor.rowcount)


def _held(pools: set[int]) -> list[Coupon]:
    return list(Coupon.objects.filter(pk__in=pools).order_by("pk").select_for_update(no_key=True))
