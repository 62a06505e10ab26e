"""What coupons may cost: how much is left, and what becomes of a budget when its limits change."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Greatest

from config import clocks
from customers.models import Shop
from loyalty.models import Budget, BudgetPeriod, BudgetShare, Redemption

NEARLY_GONE = 80  # percent of the cap, from which on somebody should look
PACE = timedelta(days=28)
MOST_DAYS = 3650  # an end in more than ten years is none
# A step that leads from the first day of a period into the next, never beyond it.
LONGEST: dict[str, int] = {Budget.Period.WEEK: 7, Budget.Period.MONTH: 31, Budget.Period.YEAR: 366}
HOLD_COUPONS = "SELECT id FROM loyalty_coupon WHERE budget_id = %(budget)s ORDER BY id FOR NO KEY UPDATE"
OF_NOW = """
    SELECT r.id, r.amount, r.budget_period_id FROM loyalty_redemption r JOIN loyalty_coupon c ON c.id = r.coupon_id
    WHERE c.budget_id = %(budget)s AND r.state IN ('reserved', 'redeemed')
      AND date_trunc(%(period)s, r.at AT TIME ZONE %(zone)s)::date = %(begins)s
"""
TAKE_OUT = f"""
    UPDATE loyalty_budgetperiod p SET used = p.used - s.amount
    FROM (SELECT budget_period_id, sum(amount) AS amount FROM ({OF_NOW}) AS o GROUP BY budget_period_id) AS s
    WHERE p.id = s.budget_period_id
"""  # noqa: S608  (a part of our own)
PUT_IN = f"""
    WITH of_now AS MATERIALIZED ({OF_NOW}), counted AS (
        INSERT INTO loyalty_budgetperiod AS p (budget_id, begins_on, cap, used)
        SELECT %(budget)s, %(begins)s, greatest(%(cap)s, sum(amount)), sum(amount) FROM of_now HAVING count(*) > 0
        ON CONFLICT (budget_id, begins_on) DO UPDATE
            SET used = p.used + excluded.used, cap = greatest(%(cap)s, p.used + excluded.used)
        RETURNING p.id
    )
    UPDATE loyalty_redemption r SET budget_period_id = counted.id FROM of_now, counted WHERE r.id = of_now.id
"""  # noqa: S608


def begins_on(period: str, on: date) -> date:
    """The first day of the period that `on` lies in, as date_trunc() has it: weeks begin on Monday."""
    if period == Budget.Period.WEEK:
        return on - timedelta(days=on.weekday())
    if period == Budget.Period.MONTH:
        return on.replace(day=1)
    return on.replace(month=1, day=1) if period == Budget.Period.YEAR else on


def period_ends(budget: Budget, at: datetime) -> datetime:
    """The midnight of the shop on which the budget's next period begins."""
    begins = begins_on(budget.period, Shop.day(at))
    beyond = begins + timedelta(days=LONGEST.get(budget.period, 1))
    return clocks.midnight(begins_on(budget.period, beyond), Shop.current().time_zone)


def recap(budget: Budget, today: date) -> None:
    """The periods that run now, or that began ahead of our clock, and the stores' parts of them get the budget's caps
    of now, but never less than they have used."""
    if budget.period_cap is not None:
        begins = begins_on(budget.period, today)
        BudgetPeriod.objects.filter(budget=budget, begins_on__gte=begins).update(
            cap=Greatest(F("used"), budget.period_cap)
        )
    if budget.store_cap is not None:
        begins = begins_on(budget.store_period, today)
        BudgetShare.objects.filter(budget=budget, begins_on__gte=begins).update(
            cap=Greatest(F("used"), budget.store_cap)
        )


def hold(budget: Budget) -> str:
    """Nobody books on it until this transaction ends; locks as in redemption_statements.py. Its period of now."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD_COUPONS, {"budget": budget.pk})
    return Budget.objects.select_for_update(no_key=True).get(pk=budget.pk).period


def count_so_far(budget: Budget, today: date) -> None:
    """A new limit per period begins with what the period that runs now has cost already, by the day of booking. The
    budget is held."""
    said: dict[str, Any] = {
        "budget": budget.pk,
        "period": budget.period,
        "cap": budget.period_cap,
        "begins": begins_on(budget.period, today),
        "zone": Shop.current().time_zone,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE_OUT, said)
        cursor.execute(PUT_IN, said)


@dataclass(frozen=True)
class Standing:
    """How a budget stands, in minor units. `per_day` is what it cost on average in the last four weeks; `empty_on` when
    it is gone at this pace, None where nothing is spent."""

    reserved: int
    redeemed: int
    per_day: float
    empty_on: date | None


def standings(budgets: list[Budget], at: datetime) -> dict[int, Standing]:
    """How they stand, in two statements for all of them."""
    live = Redemption.objects.filter(coupon__budget__in=budgets, state__in=["reserved", "redeemed"])
    reserved = Sum("amount", filter=Q(state="reserved"), default=0)
    lately = Sum("amount", filter=Q(state="redeemed", at__gt=at - PACE, at__lte=at), default=0)
    rows = live.values("coupon__budget").annotate(reserved=reserved, lately=lately).order_by()
    found = {row["coupon__budget"]: (row["reserved"], row["lately"]) for row in rows}
    today = Shop.day(at)
    return {each.pk: _standing(each, *found.get(each.pk, (0, 0)), today) for each in budgets}


def _standing(budget: Budget, reserved: int, lately: int, today: date) -> Standing:
    per_day = lately / PACE.days
    left, empty_on = budget.cap - budget.used, None
    if left <= 0:
        empty_on = today
    elif per_day and left / per_day < MOST_DAYS:
        empty_on = today + timedelta(days=int(left / per_day))
    return Standing(reserved, budget.used - reserved, per_day, empty_on)


def daily(budget: Budget, since: date, zone: str) -> dict[date, int]:
    """Minor units that were redeemed on each local day from `since` on; days without are left out."""
    statement = """
        SELECT (r.at AT TIME ZONE %(zone)s)::date AS day, sum(r.amount)::bigint FROM loyalty_redemption r
        JOIN loyalty_coupon c ON c.id = r.coupon_id
        WHERE c.budget_id = %(budget)s AND r.state = 'redeemed' AND r.at >= %(since)s::timestamp AT TIME ZONE %(zone)s
        GROUP BY 1
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, {"zone": zone, "budget": budget.pk, "since": since})
        return dict(cursor.fetchall())


def used_up(today: date) -> QuerySet[BudgetPeriod]:
    """The periods that run now and in which nothing is left."""
    running = Q(pk=None)
    for period in Budget.Period.values:
        running |= Q(budget__period=period, begins_on=begins_on(period, today))
    return BudgetPeriod.objects.filter(running, used__gte=F("cap"))


def paused(today: date) -> set[int]:
    """The budgets that are used up until their next period."""
    return set(used_up(today).values_list("budget", flat=True))


def alarming(today: date) -> list[Budget]:
    """Budgets of which more than NEARLY_GONE percent are used, or all of what the period that runs now may cost, and
    that a running coupon draws on; fullest first."""
    full = Q(used__gte=F("cap") * NEARLY_GONE / 100) | Q(pk__in=used_up(today).values("budget"))
    running = Budget.objects.filter(full, coupons__active=True).distinct()
    return sorted(running, key=lambda budget: -budget.used / budget.cap if budget.cap else 0)


def shares(budget: Budget, today: date) -> list[BudgetShare]:
    """The stores' parts of the period that runs now, fullest first."""
    if budget.store_cap is None:
        return []
    begins = begins_on(budget.store_period, today)
    found = BudgetShare.objects.filter(budget=budget, begins_on=begins).select_related("store")
    return sorted(found, key=lambda share: -share.used)


def spent_now(budget: Budget, today: date) -> int:
    """Minor units that all of it has cost in the period that runs now."""
    if budget.period_cap is None:
        return 0
    begins = begins_on(budget.period, today)
    row = BudgetPeriod.objects.filter(budget=budget, begins_on=begins).first()
    return row.used if row else 0
