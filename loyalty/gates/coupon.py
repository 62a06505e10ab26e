"""Is there a code for her, and can it still be redeemed?"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from channels.arbiter.registry import Gate, gates
from channels.arbiter.rows import HOLDOUT, Row, Verdict, Verdicts, wait, withhold
from channels.models import Message
from customers.models import Shop
from loyalty.coupon_messages import marks
from loyalty.coupon_messages.marks import Mark
from loyalty.coupon_messages.statements import STANDING
from loyalty.coupons import budgets, giving, windows
from loyalty.models import Coupon, CouponCode

# The sweep gives codes each minute, and has those who got one asked again at once.
PATIENCE = timedelta(minutes=10)
# A budget has money again when its next period begins, or when somebody raises it or takes a redemption back.
OF_BUDGET = timedelta(hours=1)
OPEN = (CouponCode.State.RESERVED, CouponCode.State.ISSUED)


class Standing(NamedTuple):
    """Where a code is tied to, and what it is worth."""

    message_id: int
    occurrence: int
    state: str
    valid_until: datetime | None


@gates.register
class CouponOfMessage(Gate):
    """A message with a coupon goes to nobody who could not redeem it. Writes nothing: a code that was put aside in vain
    is freed by the sweep (loyalty/coupon_messages/life.py)."""

    key = "coupon"
    position = 500

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        asked = [(row, mark) for row, mark in _marked(rows) if mark]
        if not asked:
            return {}
        known = Coupon.objects.select_related("budget").annotate(lasts=giving.lasting(at))
        coupons = known.in_bulk({mark.coupon_id for _row, mark in asked})
        paused = budgets.paused(Shop.day(at))
        closed = {
            pk: verdict for pk, each in coupons.items() if (verdict := _closed(each, each.lasts, paused, at))
        }
        verdicts = _over(asked, coupons, at)
        verdicts |= {row.id: closed[mark.coupon_id] for row, mark in asked if mark.coupon_id in closed}
        pools = {pk for pk, each in coupons.items() if each.kind == Coupon.Kind.POOL}
        pooled = [pair for pair in asked if _needs_code(*pair, pools) and pair[0].id not in verdicts]
        return verdicts | _codes(pooled, at)


def _marked(rows: Sequence[Row]) -> Iterable[tuple[Row, Mark | None]]:
    """With the coupon of each row's message; in a dry run, as its drafts have it."""
    drafts = {row.message_id for row in rows if row.version_id is None}
    of_draft = (
        {each.pk: marks.of_message(each) for each in Message.objects.filter(pk__in=drafts)} if drafts else {}
    )
    for row in rows:
        yield row, marks.of_version(row.version_id) if row.version_id else of_draft.get(row.message_id)


def _needs_code(row: Row, mark: Mark, pools: set[int]) -> bool:
    """A delivery of somebody who is not in the control group."""
    return row.version_id is not None and row.arm != HOLDOUT and mark.coupon_id in pools


def _closed(coupon: Coupon, lasts: bool, paused: Collection[int], at: datetime) -> Verdict | None:
    """Why nobody could redeem it; one that is switched off may be switched on again, and the budgets in `paused` have
    money again in their next period."""
    if not lasts:
        return withhold("coupon_over")
    if not coupon.active:
        return wait("coupon_paused", at + PATIENCE)
    if coupon.budget is None or coupon.budget_id not in paused:
        return None
    return wait("budget_paused", min(budgets.period_ends(coupon.budget, at), at + OF_BUDGET))


def _over(asked: Sequence[tuple[Row, Mark]], coupons: Mapping[int, Coupon], at: datetime) -> Verdicts:
    """Whose days, counted from her last purchase, are over before she has a code; the control group is asked alike."""
    pairs = ((mark.coupon_id, row.customer_id) for row, mark in asked if mark.coupon_id in coupons)
    over = {pair for pair, (_start, end) in windows.of_each(coupons, pairs, at).items() if end and end <= at}
    return {
        row.id: withhold("coupon_over") for row, mark in asked if (mark.coupon_id, row.customer_id) in over
    }


def _codes(asked: Sequence[tuple[Row, Mark]], at: datetime) -> Verdicts:
    codes = [row.context["code"] for row, _mark in asked if "code" in row.context]
    known = _standings(codes) if codes else {}
    missing = [(row, mark) for row, mark in asked if "code" not in row.context]
    free = _with_free_codes({mark.coupon_id for _row, mark in missing if mark.leave_out})
    verdicts = {
        row.id: withhold("code_void")
        for row, _mark in asked
        if "code" in row.context and not _is_good(row, known.get(row.context["code"]), at)
    }
    for row, mark in missing:
        left_out = mark.leave_out and mark.coupon_id not in free
        verdicts[row.id] = withhold("no_code") if left_out else wait("no_code", at + PATIENCE)
    return verdicts


def _is_good(row: Row, code: Standing | None, at: datetime) -> bool:
    """Hers, and not void or over."""
    return (
        code is not None
        and (code.message_id, code.occurrence) == (row.message_id, row.occurrence)
        and code.state in OPEN
        and (code.valid_until is None or code.valid_until > at)
    )


def _standings(codes: list[int]) -> dict[int, Standing]:
    with connection.cursor() as cursor:
        cursor.execute(STANDING, {"codes": codes})
        return {code_id: Standing(*rest) for code_id, *rest in cursor.fetchall()}


def _with_free_codes(coupon_ids: set[int]) -> set[int]:
    if not coupon_ids:
        return set()
    free = CouponCode.objects.filter(coupon__in=coupon_ids, state=CouponCode.State.FREE)
    return set(free.order_by("coupon_id").distinct("coupon_id").values_list("coupon_id", flat=True))
