"""What outside calls were told under their keys is there (number 14 of loyalty.md).

That a key has one answer, and that an effect has one key, are constraints: idempotency_key_once, redemption_once,
entry_once, hold_once. What a query can prove besides is that no answer names an effect which is not there or is not
the caller's.
"""

from django.utils.translation import gettext_lazy as _

from loyalty.book_rules.base import Invariant

NEWEST = 100_000
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
]
