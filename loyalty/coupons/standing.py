"""How a code stands at this moment: all that the guards of a booking would ask, in one statement that books nothing.

Reservations of the coupon that ran out do not count, since whoever redeems would give them up first. The statement is
the same for a code that does not exist.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from loyalty.coupons.baskets import Basket
from loyalty.coupons.slots import ONE_PERSON
from loyalty.models import CouponCode

READ = f"""
    WITH late AS MATERIALIZED (
        SELECT id, amount, share_id, budget_period_id FROM loyalty_redemption
        WHERE coupon_id = %(coupon)s AND state = 'reserved' AND expires_at <= %(at)s
    )
    SELECT coalesce(c.used - (SELECT count(*) FROM late), 0),
        (SELECT count(*) FROM loyalty_couponuse u WHERE u.coupon_id = c.id AND u.customer_id = ANY(ARRAY({ONE_PERSON}))
            AND NOT EXISTS (SELECT FROM late WHERE late.id = u.redemption_id)),
        EXISTS (SELECT FROM loyalty_redemption r WHERE r.code_id = %(code)s AND r.single_use
            AND r.state IN ('reserved', 'redeemed') AND NOT EXISTS (SELECT FROM late WHERE late.id = r.id)),
        b.cap - b.used + (SELECT coalesce(sum(amount), 0) FROM late), b.period_cap,
        p.cap - p.used + (SELECT coalesce(sum(amount), 0) FROM late WHERE late.budget_period_id = p.id), b.store_cap,
        s.cap - s.used + (SELECT coalesce(sum(amount), 0) FROM late WHERE late.share_id = s.id)
    FROM (VALUES (1)) AS always LEFT JOIN loyalty_coupon c ON c.id = %(coupon)s
    LEFT JOIN loyalty_budget b ON b.id = c.budget_id
    LEFT JOIN loyalty_budgetperiod p ON p.budget_id = b.id
        AND p.begins_on = date_trunc(coalesce(nullif(b.period, ''), 'day'), %(on)s::timestamp)::date
    LEFT JOIN loyalty_budgetshare s ON s.budget_id = b.id
        AND s.begins_on = date_trunc(coalesce(nullif(b.store_period, ''), 'day'), %(on)s::timestamp)::date
        AND s.store_id IS NOT DISTINCT FROM (SELECT id FROM customers_store WHERE number = %(store)s)
"""  # noqa: S608  (a fragment of our own)


@dataclass(frozen=True)
class Standing:
    """Redemptions of the coupon and of the customer, whether the single code is `taken`, and minor units that are left
    of the budget, of its period and of the store's part (None: there is none)."""

    used: int
    uses: int
    taken: bool
    left: int | None
    period_cap: int | None
    period_left: int | None
    store_cap: int | None
    store_left: int | None

    def why_not(self, code: CouponCode, amount: int) -> str:
        """The first guard of a booking that would say no, as the code of a refusal; "" if none would."""
        coupon = code.coupon
        guards = (
            (coupon.total_limit is not None and self.used >= coupon.total_limit, "limit"),
            (
                bool(coupon.per_customer_limit) and self.uses >= (coupon.per_customer_limit or 0),
                "customer_limit",
            ),
            (self.left is not None and amount > self.left, "budget"),
            (_too_much(amount, self.period_cap, self.period_left), "period_budget"),
            (_too_much(amount, self.store_cap, self.store_left), "store_budget"),
            (coupon.single_use and self.taken, "used"),
        )
        return next((why for refused, why in guards if refused), "")


def _too_much(amount: int, cap: int | None, left: int | None) -> bool:
    """Whether it is more than the cap, or than what is `left` of it in what runs now (None: nothing is used yet)."""
    return cap is not None and amount > (cap if left is None else min(cap, left))


def read(code: CouponCode | None, customer_id: int | None, basket: Basket, at: datetime) -> Standing:
    params = {
        "code": code.pk if code else 0,
        "coupon": code.coupon_id if code else 0,
        "customer": customer_id,
        "for_all": code is None or code.customer_id is None,
        "store": basket.store,
        "on": basket.on,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(READ, params)
        return Standing(*cursor.fetchone())
