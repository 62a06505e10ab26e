from django.utils.translation import gettext_lazy as _

from loyalty.book_rules.base import Invariant
from loyalty.coupons.codes import SYMBOLS

NEWEST_CODES, CODES_IN_TURN = 50_000, 100_000


def _weighed(first: int, last: int) -> str:
    """What symbols of a code come to by the weights of coupons/codes.py; behind its end strpos() gives 1."""
    places = range(first, last + 1)
    return " + ".join(
        f"{place + 1} * (strpos('{SYMBOLS}', substr(k.text, {place}, 1)) - 1)" for place in places
    )


# The last symbol weighs 1, whatever its place. Few codes are long.
SUM = f"""{_weighed(1, 12)} + CASE WHEN length(k.text) > 12 THEN {_weighed(13, 32)} ELSE 0 END
    - length(k.text) * (strpos('{SYMBOLS}', right(k.text, 1)) - 1)"""
COUPONS = [
    Invariant(
        "coupon_used",
        _("Each coupon counts its live redemptions and what tills have leased, and no more than it may have"),
        """SELECT 'coupon', c.id, coalesce(r.live, 0)::bigint, c.used FROM loyalty_coupon c
        LEFT JOIN (SELECT coupon_id, sum(live) AS live FROM (
                       SELECT coupon_id, count(*) AS live FROM loyalty_redemption
                       WHERE state IN ('reserved', 'redeemed') GROUP BY coupon_id
                       UNION ALL
                       SELECT coupon_id, sum(quantity - settled) FROM loyalty_tilllease WHERE state = 'open'
                       GROUP BY coupon_id) AS booked GROUP BY coupon_id) r ON r.coupon_id = c.id
        WHERE c.used <> coalesce(r.live, 0) OR c.used > c.total_limit""",
    ),
    Invariant(
        "reserved",
        _("Reservations that ran out were given up"),
        """SELECT 'redemption', id, 0, 1 FROM loyalty_redemption WHERE state = 'reserved' AND expires_at < %(late)s""",
    ),
    Invariant(
        "slots",
        _("Where customers are counted, each live redemption has its slot, and each slot its redemption"),
        """SELECT * FROM (
            SELECT 'redemption', r.id, 1, 0 FROM loyalty_redemption r JOIN loyalty_coupon c ON c.id = r.coupon_id
            WHERE r.state IN ('reserved', 'redeemed') AND c.per_customer_limit > 0
              AND NOT EXISTS (SELECT FROM loyalty_couponuse u WHERE u.redemption_id = r.id)
            UNION ALL
            SELECT 'slot', u.id, 1, 0 FROM loyalty_couponuse u LEFT JOIN loyalty_redemption r ON r.id = u.redemption_id
            WHERE r.id IS NULL OR r.state NOT IN ('reserved', 'redeemed') OR r.coupon_id <> u.coupon_id
               OR r.customer_id IS DISTINCT FROM u.customer_id
        ) AS wrong""",
    ),
    Invariant(
        "coupon_limits",
        _("No coupon was redeemed more often than it may be, in all or by one customer"),
        # Whoever took in others may have redeemed as often as all of them.
        """SELECT * FROM (
            SELECT 'redemption', max(r.id) AS id, c.per_customer_limit::bigint, count(*)
            FROM loyalty_redemption r JOIN loyalty_coupon c ON c.id = r.coupon_id
            WHERE r.state IN ('reserved', 'redeemed') AND r.customer_id IS NOT NULL AND c.per_customer_limit > 0
            GROUP BY c.id, r.customer_id
            HAVING count(*) > c.per_customer_limit AND count(*) > c.per_customer_limit * (
                1 + (SELECT count(*) FROM customers_customer m WHERE m.merged_into_id = r.customer_id))
            UNION ALL
            SELECT 'redemption', max(r.id), c.total_limit, count(*)
            FROM loyalty_redemption r JOIN loyalty_coupon c ON c.id = r.coupon_id
            WHERE r.state IN ('reserved', 'redeemed') AND c.total_limit IS NOT NULL
            GROUP BY c.id HAVING count(*) > c.total_limit
        ) AS more""",
    ),
    Invariant(
        "budget_used",
        _("Each budget is what its live redemptions and leases cost, and not above its cap"),
        """SELECT 'budget', b.id, coalesce(r.amount, 0)::bigint, b.used FROM loyalty_budget b
        LEFT JOIN (SELECT c.budget_id, sum(booked.amount) AS amount FROM (
                       SELECT coupon_id, amount FROM loyalty_redemption WHERE state IN ('reserved', 'redeemed')
                       UNION ALL
                       SELECT coupon_id, (quantity - settled) * most FROM loyalty_tilllease WHERE state = 'open'
                   ) AS booked JOIN loyalty_coupon c ON c.id = booked.coupon_id
                   GROUP BY c.budget_id) r ON r.budget_id = b.id
        WHERE b.used <> coalesce(r.amount, 0) OR b.used > b.cap""",
    ),
    Invariant(
        "budget_periods",
        _("Each period of a budget is what its live redemptions cost, and not above its cap"),
        """SELECT * FROM (
            SELECT 'budget period', p.id, coalesce(r.amount, 0)::bigint, p.used FROM loyalty_budgetperiod p
            LEFT JOIN (SELECT budget_period_id, sum(amount) AS amount FROM loyalty_redemption
                       WHERE state IN ('reserved', 'redeemed') GROUP BY budget_period_id) r
                ON r.budget_period_id = p.id
            WHERE p.used <> coalesce(r.amount, 0) OR p.used > p.cap
            UNION ALL
            SELECT 'redemption', r.id, c.budget_id, p.budget_id FROM loyalty_redemption r
            JOIN loyalty_budgetperiod p ON p.id = r.budget_period_id JOIN loyalty_coupon c ON c.id = r.coupon_id
            WHERE r.state IN ('reserved', 'redeemed') AND p.budget_id IS DISTINCT FROM c.budget_id
        ) AS wrong""",
    ),
    Invariant(
        "budget_shares",
        _("Each store's part of a budget is what its live redemptions cost, and not above its cap"),
        """SELECT * FROM (
            SELECT 'budget share', s.id, coalesce(r.amount, 0)::bigint, s.used FROM loyalty_budgetshare s
            LEFT JOIN (SELECT share_id, sum(amount) AS amount FROM loyalty_redemption
                       WHERE state IN ('reserved', 'redeemed') GROUP BY share_id) r ON r.share_id = s.id
            WHERE s.used <> coalesce(r.amount, 0) OR s.used > s.cap
            UNION ALL
            SELECT 'redemption', r.id, c.budget_id, s.budget_id FROM loyalty_redemption r
            JOIN loyalty_budgetshare s ON s.id = r.share_id JOIN loyalty_coupon c ON c.id = r.coupon_id
            WHERE r.state IN ('reserved', 'redeemed')
              AND (s.budget_id IS DISTINCT FROM c.budget_id OR s.store_id IS DISTINCT FROM r.store_id)
        ) AS wrong""",
    ),
    Invariant(
        "single_use",
        _("No single code was redeemed twice"),
        """SELECT 'code', r.code_id, 1, count(*)::bigint FROM loyalty_redemption r
        WHERE r.state IN ('reserved', 'redeemed') AND r.single_use GROUP BY r.code_id HAVING count(*) > 1""",
    ),
    Invariant(
        "batches",
        _("Each batch has as many codes as it counts, and no more than were asked for"),
        """SELECT 'batch', b.id, coalesce(k.codes, 0), b.made FROM loyalty_codebatch b
        LEFT JOIN (SELECT batch_id, count(*) AS codes FROM loyalty_couponcode WHERE batch_id IS NOT NULL
                   GROUP BY batch_id) k ON k.batch_id = b.id
        WHERE b.made <> coalesce(k.codes, 0) OR b.made > b.asked
           OR (b.made = b.asked) <> (b.finished_at IS NOT NULL)""",
    ),
    Invariant(
        "codes",
        _("Each code belongs to a coupon and, if it was made, to a batch of it"),
        """SELECT 'code', k.id, NULL::bigint, NULL::bigint FROM loyalty_couponcode k
        LEFT JOIN loyalty_coupon c ON c.id = k.coupon_id LEFT JOIN loyalty_codebatch b ON b.id = k.batch_id
        WHERE c.id IS NULL OR (k.batch_id IS NOT NULL AND b.coupon_id IS DISTINCT FROM k.coupon_id)""",
    ),
    Invariant(
        "check_symbols",
        _("Each code that was made ends with the sign that checks the others"),
        f"""SELECT 'code', k.id, NULL::bigint, NULL::bigint FROM (
            WITH top AS MATERIALIZED (SELECT coalesce(max(id), 0) AS id FROM loyalty_couponcode),
            part AS MATERIALIZED (
                SELECT %(night)s::bigint %% power(2, ceil(log(2, id / {CODES_IN_TURN} + 1)))::bigint AS number FROM top
            )
            SELECT c.* FROM loyalty_couponcode c WHERE c.id > (SELECT id - {NEWEST_CODES} FROM top)
            UNION ALL
            SELECT c.* FROM loyalty_couponcode c
            WHERE c.id > (SELECT number * {CODES_IN_TURN} FROM part)
              AND c.id <= (SELECT least((number + 1) * {CODES_IN_TURN}, id - {NEWEST_CODES}) FROM part, top)
        ) AS k
        WHERE (k.batch_id IS NOT NULL OR k.issue LIKE 'goodwill/%%') AND k.shown = ''
          AND (translate(k.text, '{SYMBOLS}', '') <> ''
               OR ({SUM}) %% {len(SYMBOLS)} <> 0)""",  # noqa: S608
        _("each night the 50,000 newest codes and 100,000 others, in turn"),
    ),
]
