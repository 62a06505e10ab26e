from django.utils.translation import gettext_lazy as _

from loyalty.book_rules.base import Invariant

POINTS = [
    Invariant(
        "balance",
        _("Each balance is the sum of what is left of its grants"),
        """SELECT 'account', a.id, coalesce(l.remaining, 0), a.balance FROM loyalty_account a
        LEFT JOIN (SELECT account_id, sum(remaining) AS remaining FROM loyalty_lot GROUP BY account_id) l
            ON l.account_id = a.id
        WHERE a.balance <> coalesce(l.remaining, 0)""",
    ),
    Invariant(
        "ledger",
        _("All bookings of an account come to its balance less what is owed"),
        """SELECT 'account', a.id, coalesce(e.points, 0), a.balance - a.debt FROM loyalty_account a
        LEFT JOIN (SELECT account_id, sum(points) AS points FROM loyalty_entry GROUP BY account_id) e
            ON e.account_id = a.id
        WHERE a.balance - a.debt <> coalesce(e.points, 0)""",
    ),
    Invariant(
        "lifetime",
        _("The points ever earned are those that count for the tier"),
        # Those of people who were merged into somebody are hers.
        """SELECT 'account', a.id, coalesce(e.points, 0), a.lifetime FROM loyalty_account a
        LEFT JOIN (SELECT own.program_id, coalesce(c.merged_into_id, c.id) AS owner_id, sum(counted.points) AS points
                   FROM (SELECT account_id, sum(points) AS points FROM loyalty_entry WHERE counts_for_tier
                         GROUP BY account_id) AS counted
                   JOIN loyalty_account own ON own.id = counted.account_id
                   JOIN customers_customer c ON c.id = own.customer_id
                   GROUP BY 1, 2) e ON e.program_id = a.program_id AND e.owner_id = a.customer_id
        WHERE a.lifetime <> coalesce(e.points, 0)""",
    ),
    Invariant(
        "debt",
        _("What is owed is what debits took without a grant to pay them"),
        """SELECT 'account', a.id, coalesce(d.remaining, 0), a.debt FROM loyalty_account a
        LEFT JOIN (SELECT account_id, sum(remaining) AS remaining FROM loyalty_debt GROUP BY account_id) d
            ON d.account_id = a.id
        WHERE a.debt <> coalesce(d.remaining, 0)""",
    ),
    Invariant(
        "debits",
        _("Each debit is paid by grants or owed, and only what is taken back may be owed"),
        """SELECT 'entry', e.id, -e.points, coalesce(p.points, 0) + coalesce(d.remaining, 0) FROM loyalty_entry e
        LEFT JOIN (SELECT debit_id, sum(points) AS points FROM loyalty_allocation GROUP BY debit_id) p
            ON p.debit_id = e.id
        LEFT JOIN loyalty_debt d ON d.entry_id = e.id
        WHERE (e.points < 0 AND (-e.points <> coalesce(p.points, 0) + coalesce(d.remaining, 0)
                                 OR (d.entry_id IS NOT NULL AND e.kind NOT IN ('reverse', 'adjust'))))
           OR (e.points > 0 AND (p.debit_id IS NOT NULL OR d.entry_id IS NOT NULL))""",
    ),
    Invariant(
        "lots",
        _("What is gone from a grant was taken by debits of the same account"),
        """SELECT 'lot', l.entry_id, l.granted - l.remaining, coalesce(p.points, 0)::bigint
        FROM loyalty_lot l JOIN loyalty_entry e ON e.id = l.entry_id
        LEFT JOIN (SELECT a.lot_id, sum(a.points) AS points, array_agg(DISTINCT d.account_id) AS accounts
                   FROM loyalty_allocation a JOIN loyalty_entry d ON d.id = a.debit_id GROUP BY a.lot_id) p
            ON p.lot_id = l.entry_id
        WHERE l.granted - l.remaining <> coalesce(p.points, 0) OR l.granted <> e.points
           OR l.account_id <> e.account_id OR (p.accounts IS NOT NULL AND p.accounts <> ARRAY[l.account_id])""",
    ),
    Invariant(
        "grants",
        _("Each positive booking has its lot"),
        """SELECT 'entry', e.id, e.points, NULL FROM loyalty_entry e
        WHERE e.points > 0 AND NOT EXISTS (SELECT FROM loyalty_lot l WHERE l.entry_id = e.id)""",
    ),
    Invariant(
        "swept",
        _("Points that have ended were swept"),
        """SELECT 'lot', entry_id, 0, remaining FROM loyalty_lot WHERE remaining > 0 AND expires_at < %(late)s""",
    ),
    Invariant(
        "reversals",
        _("No booking is taken back beyond its points"),
        """SELECT 'entry', e.id, abs(e.points), sum(abs(r.points))::bigint FROM loyalty_entry r
        JOIN loyalty_entry e ON e.id = r.reverses_id
        GROUP BY e.id HAVING sum(abs(r.points)) > abs(e.points) OR bool_or(sign(r.points) = sign(e.points))""",
    ),
    Invariant(
        "corrections",
        _("Large corrections were confirmed by a second person"),
        """SELECT 'entry', e.id, p.second_person_above, abs(e.points) FROM loyalty_entry e
        JOIN loyalty_program p ON p.id = e.program_id
        LEFT JOIN loyalty_adjustmentrequest r ON r.entry_id = e.id
        WHERE e.kind = 'adjust' AND e.actor_id IS NOT NULL AND abs(e.points) > p.second_person_above
          AND e.recorded_at >= coalesce(p.threshold_since, '-infinity')
          AND (r.id IS NULL OR r.checker_id IS NULL OR r.checker_id = r.maker_id)""",
    ),
    Invariant(
        "merged",
        _("Nothing is left in the account of a merged customer"),
        """SELECT 'account', a.id, 0, a.balance + a.debt FROM loyalty_account a
        JOIN customers_customer c ON c.id = a.customer_id
        WHERE c.merged_into_id IS NOT NULL AND (a.balance <> 0 OR a.debt <> 0)""",
    ),
]
