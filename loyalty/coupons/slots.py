"""A customer's slots of a coupon that she may redeem only so often.

One person with one mailbox: a shop may give her a new number for each order that she places as a guest. A code that is
somebody's own is counted for herself alone.
"""

from django.db import connection

from loyalty.coupons.refusals import Refused
from loyalty.models import CouponCode

ONE_PERSON = """
    SELECT own.id FROM customers_customer own WHERE own.id = %(customer)s
    UNION
    SELECT other.id FROM customers_customer own JOIN customers_customer other ON lower(other.email) = lower(own.email)
    WHERE own.id = %(customer)s AND own.email <> '' AND %(for_all)s
"""
# Taken before the slots are counted.
HOLD_MAILBOX = """
    SELECT pg_advisory_xact_lock(hashtextextended('coupon ' || %(coupon)s || ' ' || lower(email), 0))
    FROM customers_customer WHERE id = %(customer)s AND email <> ''
"""
# The first slot that nobody has; none, if all are taken, or if somebody takes this very one at this moment.
TAKE_SLOT = f"""
    INSERT INTO loyalty_couponuse (coupon_id, customer_id, slot)
    SELECT %(coupon)s, %(customer)s, slot FROM generate_series(1, %(slots)s) AS slot
    WHERE NOT EXISTS (SELECT FROM loyalty_couponuse u
                      WHERE u.coupon_id = %(coupon)s AND u.customer_id = %(customer)s AND u.slot = slot.slot)
      AND %(slots)s > (SELECT count(*) FROM loyalty_couponuse u
                       WHERE u.coupon_id = %(coupon)s AND u.customer_id = ANY(ARRAY({ONE_PERSON})))
    ORDER BY slot LIMIT 1
    ON CONFLICT (coupon_id, customer_id, slot) DO NOTHING
    RETURNING id
"""  # noqa: S608  (a fragment of our own)


def hold(code: CouponCode, customer_id: int | None) -> None:
    """Nobody else with her mailbox takes one before this transaction ends. Call it before the coupon is locked."""
    if code.customer_id is None and code.coupon.per_customer_limit and customer_id is not None:
        with connection.cursor() as cursor:
            cursor.execute(HOLD_MAILBOX, {"coupon": code.coupon_id, "customer": customer_id})


def take(code: CouponCode, customer_id: int | None) -> int | None:
    """Somebody may take the one that we aim at, so we try as often as there are slots. None if nothing is counted;
    raises Refused."""
    slots = code.coupon.per_customer_limit
    if not slots or customer_id is None:
        return None
    hold(code, customer_id)
    params = {"coupon": code.coupon_id, "customer": customer_id, "slots": slots}
    with connection.cursor() as cursor:
        for _try in range(slots):
            cursor.execute(TAKE_SLOT, params | {"for_all": code.customer_id is None})
            if taken := cursor.fetchone():
                return int(taken[0])
    raise Refused("customer_limit")
