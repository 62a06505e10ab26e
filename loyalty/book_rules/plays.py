from django.utils.translation import gettext_lazy as _

from loyalty.book_rules.base import Invariant

PLAYS = [
    Invariant(
        "contest_limits",
        _("Nobody has more entries in a contest than its rules allow"),
        """SELECT 'contest entry', max(e.id),
               CASE WHEN GROUPING(e.day) = 1 THEN c.per_customer ELSE c.per_day END, count(*)::bigint
        FROM loyalty_contestentry e JOIN loyalty_contest c ON c.id = e.contest_id WHERE e.customer_id IS NOT NULL
        GROUP BY c.id, e.customer_id, GROUPING SETS ((), (e.day))
        HAVING count(*) > CASE WHEN GROUPING(e.day) = 1 THEN c.per_customer ELSE c.per_day END""",
    ),
    Invariant(
        "contest_paid",
        _("Entries for points were paid, each as much as the rules say"),
        """SELECT 'contest entry', e.id, c.points, -p.points FROM loyalty_contestentry e
        JOIN loyalty_contest c ON c.id = e.contest_id LEFT JOIN loyalty_entry p ON p.id = e.paid_id
        WHERE c.way = 'points' AND (p.id IS NULL OR p.kind <> 'spend' OR p.points <> -c.points)""",
    ),
    Invariant(
        "contest_prizes",
        _("No prize has more winners than there are of it"),
        """SELECT 'prize', p.id, p.count, count(*)::bigint FROM loyalty_contestprize p
        JOIN loyalty_contestwinner w ON w.prize_id = p.id AND w.state <> 'replaced'
        GROUP BY p.id HAVING count(*) > p.count""",
    ),
    Invariant(
        "sale_admitted",
        _("Each private sale counts whom it has admitted, and no more than its quota"),
        """SELECT 'sale', s.id, coalesce(g.admitted, 0), s.admitted FROM loyalty_sale s
        LEFT JOIN (SELECT sale_id, count(*) AS admitted FROM loyalty_accessgrant WHERE admitted_at IS NOT NULL
                   GROUP BY sale_id) g ON g.sale_id = s.id
        WHERE s.admitted <> coalesce(g.admitted, 0) OR s.admitted > s.quota""",
    ),
    Invariant(
        "contest_codes",
        _("Each prize of a running contest has its codes, and no code is kept for another reason"),
        """SELECT * FROM (
            SELECT 'code', k.id, (t.code_id IS NOT NULL)::int, 1 FROM loyalty_couponcode k
            LEFT JOIN loyalty_contestcode t ON t.code_id = k.id
            LEFT JOIN loyalty_contestprize p ON p.id = t.prize_id LEFT JOIN loyalty_contest c ON c.id = p.contest_id
            WHERE k.state = 'prize' AND (c.id IS NULL OR c.state NOT IN ('open', 'closed')
                                         OR k.coupon_id IS DISTINCT FROM p.coupon_id)
            UNION ALL
            SELECT 'code', k.id, 0, 1 FROM loyalty_contestcode t JOIN loyalty_couponcode k ON k.id = t.code_id
            WHERE k.state IN ('free', 'reserved')
            UNION ALL
            SELECT 'prize', p.id, p.count, kept.count FROM loyalty_contestprize p
            JOIN loyalty_contest c ON c.id = p.contest_id CROSS JOIN LATERAL (
                SELECT count(*) FROM loyalty_contestcode t JOIN loyalty_couponcode k ON k.id = t.code_id
                WHERE t.prize_id = p.id AND k.state = 'prize'
            ) AS kept
            WHERE p.coupon_id IS NOT NULL AND c.state IN ('open', 'closed') AND p.count <> kept.count
        ) AS wrong""",
    ),
]
