"""Codes that are kept for the winners of a contest: from its start nobody else can be given them.

They have a state of their own, so whoever takes free codes (issues, messages, print sheets, files, other contests)
passes them by. At the draw winners get them (coupons/issuing.py); what is left is free again.
"""

from django.db import connection
from django.db.backends.utils import CursorWrapper

from loyalty.contests.refusals import Refused
from loyalty.models import Contest, ContestPrize, Coupon, CouponCode

RUNNING = (Contest.State.OPEN, Contest.State.CLOSED)

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
            missing[prize.coupon_id or 0] += _keep(cursor, prize)
    for pk, count in missing.items():
        if count:
            raise Refused("pool", coupon=held[pk].name, missing=count)


def top_up(coupon: Coupon) -> None:
    """New codes of a pool go first to prizes of running contests that lack some, the contest that began first before
    others. Called in a transaction."""
    short = ContestPrize.objects.filter(coupon=coupon, contest__state__in=RUNNING)
    running = list(
        Contest.objects.filter(pk__in=short.values("contest"), state__in=RUNNING)
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    if not running:
        return
    _held({coupon.pk})
    with connection.cursor() as cursor:
        for prize in short.filter(contest__in=running).order_by("contest__started_at", "position"):
            _keep(cursor, prize)


def _keep(cursor: CursorWrapper, prize: ContestPrize) -> int:
    """Keep what it lacks of its codes; how many there were too few."""
    lacking = prize.count - prize.codes.filter(code__state=CouponCode.State.PRIZE).count()
    cursor.execute(KEEP, {"coupon": prize.coupon_id, "count": max(0, lacking), "prize": prize.pk})
    return lacking - int(cursor.rowcount)


def release(contest: Contest) -> int:
    """Give back what no winner got; how many codes."""
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, {"contest": contest.pk})
        return int(cursor.rowcount)


def _held(pools: set[int]) -> list[Coupon]:
    return list(Coupon.objects.filter(pk__in=pools).order_by("pk").select_for_update(no_key=True))
