"""Provable books: each rule that must hold as one statement, whose rows are those where it does not.

The numbers of loyalty.md section 4 stand beside them. Nightly and on demand; a row means that somebody wrote past the
ledger, or that we made a mistake.
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from customers.models import User
from loyalty.models import BooksCheck

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

SWEEP = timedelta(hours=2)  # what should have been swept by then was forgotten
MOST_ROWS = 100


@dataclass(frozen=True)
class Invariant:
    """`statement` SELECTs (subject, id, expected, found) of what diverges; its parameters are `late`, a moment before
    which everything that ended must have been swept."""

    key: str
    label: "StrPromise"
    statement: str


@dataclass(frozen=True)
class Finding:
    """One row that diverges: which (table, id), what its rows say, and what stands there."""

    subject: str
    id: int
    expected: int | None
    found: int | None


@dataclass(frozen=True)
class Verdict:
    """`findings` are the first MOST_ROWS; none means green."""

    invariant: Invariant
    findings: list[Finding]

    @property
    def green(self) -> bool:
        return not self.findings


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
        """SELECT 'account', a.id, coalesce(e.points, 0), a.lifetime FROM loyalty_account a
        LEFT JOIN (SELECT account_id, sum(points) AS points FROM loyalty_entry WHERE counts_for_tier
                   GROUP BY account_id) e ON e.account_id = a.id
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


COUPONS = [
    Invariant(
        "coupon_used",
        _("Each coupon counts its live redemptions, and no more than it may have"),
        """SELECT 'coupon', c.id, coalesce(r.live, 0), c.used FROM loyalty_coupon c
        LEFT JOIN (SELECT coupon_id, count(*) AS live FROM loyalty_redemption WHERE state IN ('reserved', 'redeemed')
                   GROUP BY coupon_id) r ON r.coupon_id = c.id
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
        "budget_used",
        _("Each budget is what its live redemptions cost, and not above its cap"),
        """SELECT 'budget', b.id, coalesce(r.amount, 0)::bigint, b.used FROM loyalty_budget b
        LEFT JOIN (SELECT c.budget_id, sum(r.amount) AS amount FROM loyalty_redemption r
                   JOIN loyalty_coupon c ON c.id = r.coupon_id WHERE r.state IN ('reserved', 'redeemed')
                   GROUP BY c.budget_id) r ON r.budget_id = b.id
        WHERE b.used <> coalesce(r.amount, 0) OR b.used > b.cap""",
    ),
    Invariant(
        "single_use",
        _("No single code was redeemed twice"),
        """SELECT 'code', r.code_id, 1, count(*)::bigint FROM loyalty_redemption r
        WHERE r.state IN ('reserved', 'redeemed') AND r.single_use GROUP BY r.code_id HAVING count(*) > 1""",
    ),
    Invariant(
        "batches",
        _("Each batch has as many codes as it counts"),
        """SELECT 'batch', b.id, coalesce(k.codes, 0), b.made FROM loyalty_codebatch b
        LEFT JOIN (SELECT batch_id, count(*) AS codes FROM loyalty_couponcode WHERE batch_id IS NOT NULL
                   GROUP BY batch_id) k ON k.batch_id = b.id
        WHERE b.made <> coalesce(k.codes, 0) OR (b.made = b.asked) <> (b.finished_at IS NOT NULL)""",
    ),
    Invariant(
        "codes",
        _("Each code belongs to a coupon and, if it was made, to a batch of it"),
        """SELECT 'code', k.id, NULL::bigint, NULL::bigint FROM loyalty_couponcode k
        LEFT JOIN loyalty_coupon c ON c.id = k.coupon_id LEFT JOIN loyalty_codebatch b ON b.id = k.batch_id
        WHERE c.id IS NULL OR (k.batch_id IS NOT NULL AND b.coupon_id IS DISTINCT FROM k.coupon_id)""",
    ),
]


def invariants() -> list[Invariant]:
    return [*POINTS, *COUPONS]


def check(at: datetime) -> list[Verdict]:
    """Ask every invariant, one statement each."""
    return [Verdict(each, list(_findings(each, at))) for each in invariants()]


def record(user: User | None, at: datetime) -> BooksCheck:
    """Check, and keep what was found."""
    began = monotonic()
    broken = [verdict for verdict in check(at) if not verdict.green]
    findings = {each.invariant.key: [astuple(row) for row in each.findings] for each in broken}
    return BooksCheck.objects.create(at=at, seconds=monotonic() - began, findings=findings, user=user)


def _findings(invariant: Invariant, at: datetime) -> Iterator[Finding]:
    params: dict[str, Any] = {"late": at - SWEEP}
    with connection.cursor() as cursor:
        cursor.execute(f"{invariant.statement} ORDER BY 2 LIMIT {MOST_ROWS}", params)
        for subject, pk, *numbers in cursor.fetchall():  # sums come as decimals
            yield Finding(subject, pk, *(None if each is None else int(each) for each in numbers))
