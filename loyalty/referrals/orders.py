"""What orders and refunds mean for referrals, written in their own transactions as rows; the rewards follow by a sweep.

Referrals are locked first and reckoned in a later statement, which sees what the transaction before has left: so two
orders at once qualify once, and refunds in parts come to the same as one.
"""

# ruff: noqa: S608  (statements of our own)

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction

# By the customer of the order, or by the order that qualified before.
HOLD = """
    SELECT f.id FROM loyalty_referral f
    WHERE f.id IN (
        SELECT r.id FROM customers_order asked JOIN loyalty_referral r ON r.recommended_id = asked.customer_id
        WHERE asked.id = ANY(%(orders)s) AND asked.kind = 'order' AND r.state = 'claimed'
        UNION ALL
        SELECT r.id FROM customers_order asked JOIN loyalty_referral r
            ON r.order_id = coalesce(asked.refund_of_id, asked.id)
        WHERE asked.id = ANY(%(orders)s) AND r.state IN ('qualified', 'rewarded')
    ) ORDER BY f.id FOR NO KEY UPDATE
"""
VALUE = """(SELECT coalesce(sum(part.base_total), 0)::bigint FROM customers_order part
    WHERE part.id = o.id OR part.refund_of_id = o.id)"""
# Only the first order of all can qualify. One from before she opened the link, or from before the claim but for an hour
# (both may come from one check-out), says that she was a customer already.
SINCE = "coalesce(f.opened_at, f.claimed_at - interval '1 hour')"
QUALIFY = f"""
    UPDATE loyalty_referral f SET order_id = o.id, value = o.worth,
        state = CASE WHEN o.placed_at < {SINCE} OR o.worth < greatest(t.least_value, 1)
                THEN 'missed' ELSE 'qualified' END,
        reason = CASE WHEN o.placed_at < {SINCE} THEN 'earlier'
                 WHEN o.base_total < greatest(t.least_value, 1) THEN 'value'
                 WHEN o.worth < greatest(t.least_value, 1) THEN 'returned' ELSE '' END,
        ready_at = ((o.placed_at AT TIME ZONE p.time_zone)::date + t.return_days)::timestamp AT TIME ZONE p.time_zone
    FROM (
        SELECT DISTINCT ON (o.customer_id) o.id, o.customer_id, o.placed_at, o.base_total, {VALUE} AS worth
        FROM customers_order o
        WHERE o.kind = 'order' AND o.customer_id IN (
            SELECT recommended_id FROM loyalty_referral WHERE id = ANY(%(held)s) AND state = 'claimed')
        ORDER BY o.customer_id, o.placed_at, o.id
    ) o, loyalty_referralterms t JOIN loyalty_program p ON p.id = t.program_id
    WHERE f.id = ANY(%(held)s) AND f.state = 'claimed' AND f.recommended_id = o.customer_id AND t.id = f.terms_id
"""
REFUND = f"""
    UPDATE loyalty_referral f SET value = o.worth,
        state = CASE WHEN o.worth >= greatest(t.least_value, 1) THEN f.state
                WHEN f.state = 'rewarded' THEN 'returned' ELSE 'missed' END,
        reason = CASE WHEN o.worth >= greatest(t.least_value, 1) THEN f.reason ELSE 'returned' END
    FROM (SELECT o.id, {VALUE} AS worth FROM customers_order o
          WHERE o.id IN (SELECT order_id FROM loyalty_referral WHERE id = ANY(%(held)s))) o, loyalty_referralterms t
    WHERE f.id = ANY(%(held)s) AND f.state IN ('qualified', 'rewarded') AND f.order_id = o.id AND t.id = f.terms_id
"""


@transaction.atomic
def note(order_ids: Collection[int], at: datetime) -> int:
    """Bring the referrals of these orders and refunds up to date; how many were looked at. Three statements at most,
    one where no referral is concerned."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, {"orders": list(order_ids)})
        held = [pk for (pk,) in cursor.fetchall()]
        if held:
            cursor.execute(QUALIFY, {"held": held})
            cursor.execute(REFUND, {"held": held})
    return len(held)
