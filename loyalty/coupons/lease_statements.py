"""The statements behind coupons/leasing.py. Locks are taken as in redemption_statements.py: the coupon, its budget,
the code, then the lease; before all of them the orders, as in reading.py."""

from loyalty.coupons import reading

LOCK_KEY = "SELECT pg_advisory_xact_lock(hashtextextended('till lease ' || %s || ' ' || %s, 0))"
# The code is held and its state read once more: what was made void after somebody looked at it is not leased, and who
# makes it void waits for those who are leasing it.
BOOK = """
    WITH counted AS (
        UPDATE loyalty_coupon SET used = used + %(quantity)s
        WHERE id = %(coupon)s AND active AND (total_limit IS NULL OR used + %(quantity)s <= total_limit)
        RETURNING id, budget_id
    ), paid AS (
        UPDATE loyalty_budget b SET used = b.used + %(amount)s FROM counted
        WHERE b.id = counted.budget_id AND b.used + %(amount)s <= b.cap
        RETURNING b.id
    ), held AS (
        SELECT id FROM loyalty_couponcode WHERE id = %(code)s AND state = 'issued' FOR SHARE
    )
    SELECT (SELECT count(*) FROM counted),
           (SELECT count(*) FROM counted WHERE budget_id IS NULL) + (SELECT count(*) FROM paid),
           (SELECT count(*) FROM held)
"""
# Whoever redeems for one of these orders writes the redemption first and the coupon's figure last: one waits here.
HOLD_ORDERS = f"""
    WITH orders AS MATERIALIZED (
        SELECT DISTINCT {reading.ORDER_LOCK.format("name")} AS number FROM unnest(%s::text[]) AS name
        ORDER BY number
    )
    SELECT pg_advisory_xact_lock(number) FROM orders
"""  # noqa: S608 - our own text
HOLD = """
    SELECT c.id FROM loyalty_coupon c
    WHERE c.id IN (SELECT coupon_id FROM loyalty_tilllease WHERE id = ANY(%s))
    ORDER BY c.id FOR NO KEY UPDATE
"""
# The redemptions stand in the coupon's figure already, at the most that each could come to.
SETTLE = """
    WITH done AS (
        UPDATE loyalty_tilllease SET settled = settled + %(count)s WHERE id = %(lease)s RETURNING coupon_id
    )
    UPDATE loyalty_budget b SET used = b.used - %(saved)s
    FROM done JOIN loyalty_coupon c ON c.id = done.coupon_id WHERE b.id = c.budget_id
"""
END = """
    WITH ended AS (
        UPDATE loyalty_tilllease SET state = %(state)s, ended_at = %(at)s WHERE id = ANY(%(ids)s) AND state = 'open'
        RETURNING id, coupon_id, quantity - settled AS unused, (quantity - settled) * most AS amount
    ), counted AS (
        UPDATE loyalty_coupon c SET used = c.used - s.unused
        FROM (SELECT coupon_id, sum(unused) AS unused FROM ended GROUP BY coupon_id) AS s WHERE c.id = s.coupon_id
    ), paid AS (
        UPDATE loyalty_budget b SET used = b.used - s.amount FROM (
            SELECT c.budget_id, sum(ended.amount) AS amount FROM ended JOIN loyalty_coupon c ON c.id = ended.coupon_id
            WHERE c.budget_id IS NOT NULL GROUP BY c.budget_id
        ) AS s WHERE b.id = s.budget_id
    )
    SELECT id FROM ended
"""
