from django.utils.translation import gettext_lazy as _

from loyalty.book_rules.base import Invariant

TIERS = [
    Invariant(
        "tier_current",
        _("Each account stands on the tier that its newest row says"),
        """SELECT 'account', p.account_id, max(p.id) FILTER (WHERE p.valid_from = n.newest),
                  max(p.id) FILTER (WHERE p.current)
        FROM loyalty_tierperiod p
        JOIN (SELECT account_id, max(valid_from) AS newest FROM loyalty_tierperiod GROUP BY account_id) n
            ON n.account_id = p.account_id
        GROUP BY p.account_id
        HAVING count(*) FILTER (WHERE p.current) <> 1 OR count(DISTINCT p.valid_from) <> count(*)
            OR bool_or(p.current AND p.valid_from <> n.newest)""",
    ),
    Invariant(
        "tier_points",
        _("The points that decided about a tier are those of its bookings"),
        """SELECT 'tier period', p.id, coalesce(e.points, 0)::bigint, p.points FROM loyalty_tierperiod p
        JOIN loyalty_account a ON a.id = p.account_id JOIN customers_customer c ON c.id = a.customer_id
        LEFT JOIN LATERAL (
            SELECT sum(e.points) AS points, count(*) AS found FROM loyalty_entry e
            JOIN loyalty_account ea ON ea.id = e.account_id JOIN customers_customer ec ON ec.id = ea.customer_id
            LEFT JOIN loyalty_entry o ON o.id = e.reverses_id
            WHERE e.id = ANY(p.counted) AND e.counts_for_tier AND e.program_id = a.program_id
              AND coalesce(ec.merged_into_id, ec.id) = coalesce(c.merged_into_id, c.id)
              AND coalesce(o.at, e.at) >= p.counted_from AND coalesce(o.at, e.at) < p.counted_until
        ) e ON true
        WHERE p.points <> coalesce(e.points, 0) OR e.found <> cardinality(p.counted)
           OR (p.reached IN ('reached', 'kept') AND (p.points < p.needed OR p.tier_id IS NULL))""",
    ),
    Invariant(
        "tier_complete",
        _("No booking was left out when it was decided about a tier"),
        """SELECT 'tier period', p.id, e.id, NULL::bigint FROM loyalty_tierperiod p
        JOIN loyalty_entry e ON e.account_id = p.account_id AND e.counts_for_tier
            AND e.at >= p.counted_from AND e.recorded_at < p.recorded_at - interval '2 hours'
        LEFT JOIN loyalty_entry o ON o.id = e.reverses_id
        WHERE p.reached IN ('reached', 'kept', 'fell') AND e.id <> ALL(p.counted)
          AND coalesce(o.at, e.at) >= p.counted_from AND coalesce(o.at, e.at) < p.counted_until""",
    ),
    Invariant(
        "tier_swept",
        _("Bookings were looked at for tiers, and periods that ended were decided"),
        """SELECT * FROM (
            SELECT 'account', account_id, 0::bigint, count(*) FROM loyalty_tierdirty WHERE at < %(late)s
            GROUP BY account_id
            UNION ALL
            SELECT 'tier period', id, 0, 1 FROM loyalty_tierperiod WHERE current AND holds_until < %(late)s
        ) AS late""",
    ),
]
