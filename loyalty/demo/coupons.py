"""The demo shop's coupons: two years of redemptions tied to its orders, a pool with codes, and two budgets."""

import json
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Sum

from config import clocks
from customers.demo_shop import SOURCE, Stage, stages
from customers.models import Customer
from loyalty.coupons import issuing, offers, windows
from loyalty.coupons.codes import SYMBOLS, check_symbol
from loyalty.models import Budget, CodeBatch, Coupon, CouponCode, Offer, Redemption

ZONE = "Europe/Berlin"
POOL, ISSUED = 1500, 600
Born = tuple[int, date]
MOST_AMOUNT = 10**9  # no discount of the demo comes near

# Orders of the window that reach the minimum, a fixed share of them by a hash of their number.
REDEEM = """
    INSERT INTO loyalty_redemption (coupon_id, code_id, customer_id, order_key, store_id, state, amount, currency,
        snapshot, single_use, stacking_group, exclusive, source, reference, at)
    SELECT %(coupon)s, %(code)s, o.customer_id, o.number, o.store_id, 'redeemed',
        least(CASE WHEN %(percent)s > 0 THEN round(o.total * %(percent)s / 100)::bigint ELSE %(amount)s END, %(most)s),
        o.currency, %(snapshot)s::jsonb, false, '', false, o.source, 'coupon-' || %(coupon)s || '-' || o.number,
        o.placed_at
    FROM customers_order o
    WHERE o.source = %(source)s AND o.kind = 'order' AND o.currency = 'EUR' AND o.total >= %(minimum)s
      AND o.placed_at >= %(since)s AND o.placed_at < %(until)s AND o.customer_id IS NOT NULL
      AND (NOT %(first)s OR NOT EXISTS (SELECT FROM customers_order earlier WHERE earlier.customer_id = o.customer_id
                                        AND earlier.kind = 'order' AND earlier.placed_at < o.placed_at))
      AND ('x' || substr(md5(o.number || %(name)s), 1, 6))::bit(24)::int %% 100 < %(share)s
"""
# Who got a code of the pool redeems it with the first order of her window, if there is one.
REDEEM_POOL = """
    INSERT INTO loyalty_redemption (coupon_id, code_id, customer_id, order_key, store_id, state, amount, currency,
        snapshot, single_use, stacking_group, exclusive, source, reference, at)
    SELECT k.coupon_id, k.id, k.customer_id, o.number, o.store_id, 'redeemed',
        least(round(o.total * 0.15)::bigint, 2000), o.currency, %(snapshot)s::jsonb, true, '', false, o.source,
        'coupon-' || k.coupon_id || '-' || o.number, o.placed_at
    FROM loyalty_couponcode k CROSS JOIN LATERAL (
        SELECT * FROM customers_order o WHERE o.customer_id = k.customer_id AND o.kind = 'order' AND o.currency = 'EUR'
            AND o.total > 0 AND o.placed_at >= k.valid_from AND o.placed_at < k.valid_until
        ORDER BY o.placed_at LIMIT 1
    ) o WHERE k.coupon_id = %(coupon)s AND k.state = 'issued'
"""
USED = """
    UPDATE loyalty_coupon c SET used = r.used
    FROM (SELECT coupon_id, count(*) AS used FROM loyalty_redemption GROUP BY coupon_id) r WHERE r.coupon_id = c.id
"""
SHARES = """
    INSERT INTO loyalty_budgetshare (budget_id, store_id, begins_on, used, cap)
    SELECT %(budget)s, r.store_id, date_trunc('month', r.at AT TIME ZONE %(zone)s)::date, sum(r.amount),
        greatest(%(cap)s, sum(r.amount))
    FROM loyalty_redemption r JOIN loyalty_coupon c ON c.id = r.coupon_id WHERE c.budget_id = %(budget)s
    GROUP BY 2, 3
"""
OF_SHARES = """
    UPDATE loyalty_redemption r SET share_id = s.id FROM loyalty_budgetshare s, loyalty_coupon c
    WHERE c.id = r.coupon_id AND s.budget_id = c.budget_id AND s.store_id IS NOT DISTINCT FROM r.store_id
      AND s.begins_on = date_trunc('month', r.at AT TIME ZONE %(zone)s)::date AND s.budget_id = %(budget)s
"""


class Said(NamedTuple):
    """A coupon with one code: `since` and `until` in days from the day of the demo; `share` of the fitting orders in
    percent. Amounts are in cents."""

    name: str
    code: str
    since: int
    until: int | None
    share: int
    percent: int = 0
    amount: int = 0
    most: int | None = None
    minimum: int = 1
    rules: tuple[dict[str, Any], ...] = ()
    budget: str = ""
    active: bool = True


def rule(key: str, **params: Any) -> dict[str, Any]:
    return {"key": key, "params": params}


SAID = (
    Said("Willkommen", "WILLKOMMEN5", -730, None, 45, amount=500, rules=(rule("first_order"),)),
    Said("Advent, voriges Jahr", "ADVENT15", -368, -338, 22, percent=15, most=3000, minimum=4000),
    Said("Frühlingsputz", "FRUEHLING", -260, -215, 14, percent=10, active=False),
    Said("Danke aus der Filiale", "DANKE10", -420, 90, 4, amount=1000, minimum=5000, budget="Filialen"),
    Said("Herbst", "HERBST10", -62, 34, 16, percent=10, most=2500, minimum=5000, budget="Herbst"),
    Said(
        "Markentage Lindentisch",
        "LINDENTISCH",
        -3,
        18,
        0,
        percent=15,
        rules=(rule("brands", brands=["Lindentisch"]),),
    ),
    Said("Black Week", "BLACK20", 1, 7, 0, percent=20, most=5000, minimum=3000),
)


def coupon(said: Said, budgets: dict[str, Budget], at: datetime) -> Coupon:
    rules = [*said.rules, *([rule("minimum_basket", amount=said.minimum)] if said.minimum > 1 else [])]
    offer = Offer.objects.create(
        name=said.name,
        percent=said.percent or None,
        amount=said.amount or None,
        most=said.most,
        currency="EUR",
        rules=rules,
    )
    made = Coupon(
        offer=offer, name=said.name, kind="generic", budget=budgets.get(said.budget), time_zone=ZONE
    )
    made.starts_on = (at + timedelta(days=said.since)).date()
    made.ends_on = None if said.until is None else (at + timedelta(days=said.until)).date()
    made.active = said.active
    windows.derive(made)
    made.save()
    issuing.publish(made, said.code, at + timedelta(days=min(said.since, 0)))
    return made


def redeem(said: Said, made: Coupon, at: datetime) -> None:
    since = clocks.midnight((at + timedelta(days=said.since)).date(), ZONE)
    params: dict[str, Any] = {
        "coupon": made.pk,
        "code": made.codes.get().pk,
        "percent": said.percent,
        "amount": said.amount,
        "most": said.most or MOST_AMOUNT,
        "snapshot": json.dumps(offers.snapshot(made.offer)),
        "source": SOURCE,
        "minimum": max(said.minimum, said.amount),
        "since": since,
        "until": min(at, made.valid_until or at),
        "first": any(each["key"] == "first_order" for each in said.rules),
        "name": said.name,
        "share": said.share,
    }
    with connection.cursor() as cursor:
        cursor.execute(REDEEM, params)


# --- The pool ---


def birthdays(random: Random, at: datetime) -> Coupon:
    """A pool of codes for birthdays; the older ones were given out over two years."""
    offer = Offer.objects.create(name="Geburtstag", percent=15, most=2000, currency="EUR", exclusive=True)
    made = Coupon.objects.create(
        offer=offer,
        name="Geburtstag",
        kind="pool",
        single_use=True,
        days_from_issue=30,
        relative_to="birthday",
        days_after=-7,
        time_zone=ZONE,
    )
    began = at - timedelta(days=735)
    batch = CodeBatch.objects.create(coupon=made, asked=POOL, made=POOL, prefix="GEB", finished_at=began)
    CodeBatch.objects.filter(pk=batch.pk).update(created_at=began)
    born = Customer.objects.filter(birthday__isnull=False).order_by("pk")[:ISSUED]
    people = [(pk, birthday) for pk, birthday in born.values_list("pk", "birthday") if birthday]
    texts = drawn(random)
    rows = [_issued(made, batch, texts[place], who, place, at) for place, who in enumerate(people)]
    rows += [CouponCode(text=text, coupon=made, batch=batch) for text in texts[len(people) :]]
    CouponCode.objects.bulk_create(rows, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute(REDEEM_POOL, {"coupon": made.pk, "snapshot": json.dumps(offers.snapshot(offer))})
    return made


def drawn(random: Random) -> list[str]:
    """Repeatable codes, all different."""
    bodies: dict[str, None] = {}
    while len(bodies) < POOL:
        bodies["GEB" + "".join(random.choices(SYMBOLS, k=8))] = None
    return [body + check_symbol(body) for body in bodies]


def _issued(made: Coupon, batch: CodeBatch, text: str, who: Born, place: int, at: datetime) -> CouponCode:
    """A code that was given to her a week before a birthday in the last two years."""
    customer, birthday = who
    on = windows.anniversary(birthday, at.year - place % 2)
    if on - timedelta(days=8) > at.date():
        on = windows.anniversary(birthday, on.year - 1)
    issued = clocks.midnight(on - timedelta(days=7), ZONE)
    begins, ends = windows.of_code(made, issued, on)
    return CouponCode(
        text=text,
        coupon=made,
        batch=batch,
        customer_id=customer,
        state="issued",
        issue=f"birthday-{on.year}/{customer}",
        issued_at=issued,
        valid_from=begins,
        valid_until=ends,
    )


# --- Budgets ---


def settle(budgets: dict[str, Budget]) -> None:
    """What coupons and budgets keep of all that, as bookings would have left it."""
    with connection.cursor() as cursor:
        cursor.execute(USED)
        for budget in budgets.values():
            spent = Redemption.objects.filter(coupon__budget=budget).aggregate(sum=Sum("amount"))["sum"] or 0
            budget.used, budget.cap = spent, max(round(spent * 1.18, -4), spent, 100_000)
            budget.save()
            if budget.store_cap:
                cursor.execute(SHARES, {"budget": budget.pk, "cap": budget.store_cap, "zone": ZONE})
                cursor.execute(OF_SHARES, {"budget": budget.pk, "zone": ZONE})


@stages.register
class Coupons(Stage):
    key = "coupons"
    order = 57

    def build(self, random: Random, at: datetime) -> None:
        autumn = Budget.objects.create(
            name="Herbst", campaign="Herbst", cost_centre="4711", currency="EUR", cap=10**9
        )
        shops = Budget.objects.create(
            name="Filialen",
            cost_centre="4720",
            currency="EUR",
            cap=10**9,
            store_cap=30_000,
            store_period="month",
        )
        budgets = {"Herbst": autumn, "Filialen": shops}
        for said in SAID:
            redeem(said, coupon(said, budgets, at), at)
        birthdays(random, at)
        settle(budgets)
