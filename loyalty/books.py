"""Provable books: each rule that must hold as one statement, whose rows are those where it does not.

The numbers of loyalty.md section 4 stand beside them. Nightly and on demand; a row means that somebody wrote past the
ledger, or that we made a mistake.
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db import connection, transaction

from customers.models import User
from loyalty.book_rules.base import Invariant
from loyalty.book_rules.coupon_messages import MESSAGES
from loyalty.book_rules.coupons import COUPONS
from loyalty.book_rules.gift_cards import GIFT_CARDS, LEASES
from loyalty.book_rules.goodwill import GOODWILL
from loyalty.book_rules.keys import KEYS
from loyalty.book_rules.orders import ORDERS
from loyalty.book_rules.plays import PLAYS
from loyalty.book_rules.points import POINTS
from loyalty.book_rules.referrals import REFERRALS
from loyalty.book_rules.rewards import REWARDS
from loyalty.book_rules.tiers import TIERS
from loyalty.book_rules.windows import WINDOWS
from loyalty.models import BooksCheck

SWEEP = timedelta(hours=2)  # what should have been swept by then was forgotten
MOST_ROWS = 100
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('check of the books', 0))"


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


def invariants() -> list[Invariant]:
    return [
        *POINTS,
        *ORDERS,
        *COUPONS,
        *WINDOWS,
        *GOODWILL,
        *TIERS,
        *MESSAGES,
        *REWARDS,
        *GIFT_CARDS,
        *LEASES,
        *PLAYS,
        *REFERRALS,
        *KEYS,
    ]


def check(at: datetime) -> list[Verdict]:
    """Ask every invariant, one statement each but for those that are reckoned anew (book_rules/orders.py)."""
    return [Verdict(each, list(_findings(each, at))) for each in invariants()]


def record(user: User | None, at: datetime) -> BooksCheck:
    """Check, and keep what was found."""
    began = monotonic()
    broken = [verdict for verdict in check(at) if not verdict.green]
    findings = {each.invariant.key: [astuple(row) for row in each.findings] for each in broken}
    return BooksCheck.objects.create(at=at, seconds=monotonic() - began, findings=findings, user=user)


@transaction.atomic
def record_once(user: User | None, at: datetime) -> BooksCheck | None:
    """As `record`; None while another process is at it, whose check whoever waits will see."""
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK)
        if not cursor.fetchone()[0]:
            return None
    return record(user, at)


def _findings(invariant: Invariant, at: datetime) -> Iterator[Finding]:
    rows = invariant.rows(at - SWEEP, at.toordinal(), MOST_ROWS)
    for subject, pk, *numbers in rows:  # sums come as decimals
        yield Finding(subject, pk, *(None if each is None else int(each) for each in numbers))
