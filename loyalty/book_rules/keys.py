"""Answers under outside calls' keys, and facts that webhooks tell: what they name is there (number 14 of loyalty.md).

That a key has one answer, and that an effect has one key, are constraints: idempotency_key_once, redemption_once,
entry_once, hold_once. What a query can prove besides is that no answer names an effect which is not there or is not
the caller's. An event's id is made of what is told and of its row (hook_call_once, customers/hooks/telling.py).
"""

from django.utils.translation import gettext_lazy as _

from loyalty.book_rules.base import Invariant

NEWEST = 100_000
# Where the rows are that each kind of fact is of.
CAUSES = {
    "points.booked": "loyalty_entry WHERE id",
    "coupon.issued": "loyalty_couponcode WHERE id",
    "coupon.redeemed": "loyalty_redemption WHERE id",
    "coupon.reversed": "loyalty_redemption WHERE id",
    "tier.changed": "loyalty_tierperiod WHERE id",
    "tier.falling": "loyalty_tierwarning WHERE period_id",
}
GONE = " OR ".join(
    f"(kind = '{kind}' AND NOT EXISTS (SELECT FROM {row} = told.cause))" for kind, row in CAUSES.items()
)
KEYS = [
    Invariant(
        "keys",
        _(
            "Each call that was answered under a key has its one effect: the redemption, the booking or the payment"
        ),
        f"""SELECT 'idempotency key', said.id, 1, 0 FROM (
            SELECT i.id, i.answer, a.source
            FROM (SELECT * FROM customers_idempotencykey ORDER BY id DESC LIMIT {NEWEST}) AS i
            JOIN customers_apikey a ON a.id = i.api_key_id
        ) AS said
        WHERE (said.answer ?& '{{reference,order,state,discount}}' AND NOT EXISTS (
                SELECT FROM loyalty_redemption r WHERE r.source = left(said.source, 40)
                AND r.reference = said.answer ->> 'reference' AND r.order_key = said.answer ->> 'order'))
           OR (said.answer ?& '{{booking,points,balance}}' AND NOT EXISTS (
                SELECT FROM loyalty_entry e WHERE e.id = (said.answer ->> 'booking')::bigint
                AND abs(e.points) = abs((said.answer ->> 'points')::bigint)))
           OR (said.answer ?& '{{reference,order,amount,endsIn}}' AND NOT EXISTS (
                SELECT FROM loyalty_giftentry g WHERE g.source = said.source
                AND g.reference = said.answer ->> 'reference' AND g.order_key = said.answer ->> 'order'))""",  # noqa: S608
        _("of the 100,000 newest answers that are still kept"),
    ),
    Invariant(
        "outbox",
        _("Each fact that webhooks tell has its one row: the booking, the code, the redemption or the tier"),
        # A code that came back is given once more. Calls of before causes were kept have none.
        f"""SELECT * FROM (
            WITH told AS MATERIALIZED (
                SELECT id, hook_id, event, kind, cause FROM customers_hookcall ORDER BY id DESC LIMIT {NEWEST}
            )
            SELECT 'webhook call', told.id, 1, 0 FROM told
            WHERE (told.cause IS NULL AND told.kind IN {tuple(CAUSES)}
                   AND told.id > (SELECT min(id) FROM told WHERE cause IS NOT NULL)) OR {GONE}
            UNION ALL
            SELECT 'webhook call', max(id), 1, count(*)::integer FROM told
            WHERE kind IN {tuple(CAUSES)} AND kind <> 'coupon.issued' AND cause IS NOT NULL
            GROUP BY hook_id, kind, cause HAVING count(*) > 1
        ) AS wrong""",  # noqa: S608
        _("of the 100,000 newest calls that are still kept"),
    ),
]
