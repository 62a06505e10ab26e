"""The rules of gift cards and of what tills redeem without a line (numbers 10 and 12 of loyalty.md)."""

from django.utils.translation import gettext_lazy as _

from loyalty.book_rules.base import Invariant

GIFT_CARDS = [
    Invariant(
        "gift_balance",
        _("Each gift card's balance is the sum of its bookings, and never below nothing"),
        """SELECT 'gift card', g.id, coalesce(e.amount, 0)::bigint, g.balance FROM loyalty_giftcard g
        LEFT JOIN (SELECT card_id, sum(amount) AS amount FROM loyalty_giftentry GROUP BY card_id) e
            ON e.card_id = g.id
        WHERE g.balance <> coalesce(e.amount, 0) OR g.balance < 0 OR (g.state = 'void' AND g.balance <> 0)""",
    ),
    Invariant(
        "gift_refunds",
        _("No payment with a gift card is paid back beyond its amount"),
        """SELECT 'gift entry', c.id, -c.amount, sum(r.amount)::bigint FROM loyalty_giftentry r
        JOIN loyalty_giftentry c ON c.id = r.reverses_id
        GROUP BY c.id HAVING sum(r.amount) > -c.amount OR c.kind <> 'charge' OR bool_or(r.card_id <> c.card_id)""",
    ),
]
LEASES = [
    Invariant(
        "leases",
        _("No till has redeemed more than it had leased, and what it told is what was counted"),
        """SELECT 'lease', l.id, coalesce(s.counted, 0), l.settled::bigint FROM loyalty_tilllease l
        LEFT JOIN (SELECT lease_id, count(redemption_id) AS counted FROM loyalty_tillsync GROUP BY lease_id) s
            ON s.lease_id = l.id
        WHERE l.settled <> coalesce(s.counted, 0) OR l.settled > l.quantity""",
    ),
    Invariant(
        "leases_ended",
        _("Leases that ran out were given back"),
        """SELECT 'lease', id, 0, 1 FROM loyalty_tilllease
        WHERE state = 'open' AND expires_at < %(late)s::timestamptz - interval '1 day'""",
    ),
]
