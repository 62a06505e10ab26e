"""The worker's part of double opt-in: it decides who gets a mail, and sends it."""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from channels import links, opt_in, service_mail, suppression
from channels.backends.base import Kind
from channels.models import Channel, OptIn

log = logging.getLogger(__name__)

# How many mails may be caused in a period (reliability T27): otherwise our form would bomb strangers.
PER_MAILBOX = ((timedelta(days=1), 1), (timedelta(days=7), 3))
PER_CLIENT = (timedelta(hours=1), 20)
PER_KEY = 200  # a busy till in an hour
PER_DOMAIN = (timedelta(hours=1), 500)
MAIL_WITHIN = timedelta(days=1)
BATCH = 100
LEASE = timedelta(minutes=5)
# In seconds; the rest of the lease is for the mail that is being handed over.
WORK_FOR = LEASE.total_seconds() / 2
LOCK = 7_202_601  # any number that no other advisory lock of ours has


def mail_waiting(at: datetime) -> int:
    """Send what waits; returns how many were mailed. A broken line leaves the rest waiting."""
    until, mailed = time.monotonic() + WORK_FOR, 0
    while rows := _claim(at):
        kinds = list(_mail_each(rows, until, at))
        mailed += sum(kind in TAKEN for kind in kinds)
        if len(kinds) < len(rows) or kinds[-1] in BROKEN:
            _release(rows[len(kinds) :])
            break
    return mailed


# It may have arrived, and a stranger's mailbox is not for trying out: she can ask again.
TAKEN = frozenset({Kind.ACCEPTED, Kind.UNKNOWN})
BROKEN = frozenset({Kind.LINE, Kind.US, Kind.UNSENT})


def _mail_each(rows: Iterable[OptIn], until: float, at: datetime) -> Iterator[Kind | None]:
    """What became of each row, as far as the line and the time go."""
    for row in rows:
        if time.monotonic() > until:
            return
        kind = _mail(row, at)
        _settle(row, kind, at)
        yield kind
        if kind in BROKEN:
            return


@transaction.atomic
def _claim(at: datetime) -> list[OptIn]:
    """The waiting rows that may be mailed now, leased to us. A killed worker's are free when its lease runs out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return []
    free = Q(claimed_until=None) | Q(claimed_until__lte=at)
    waiting = OptIn.objects.filter(free, mailed_at=None, confirmed_at=None, withheld="")
    rows = list(waiting.select_related("topic").order_by("asked_at", "pk")[:BATCH])
    limits = _Limits(rows, at)
    for row in rows:
        row.withheld = _withheld(row, limits, at)
        if not row.withheld and limits.take(row):
            row.claimed_until = at + LEASE
            row.token_hash = opt_in.hashed(links.opt_in_token(row.pk))
    OptIn.objects.bulk_update(rows, ["claimed_until", "withheld", "token_hash"])
    return [row for row in rows if row.claimed_until and row.claimed_until > at]


def _settle(row: OptIn, kind: Kind | None, at: datetime) -> None:
    """Write down what became of a claimed row. One that failed is tried again when its lease runs out, so that
    it lets others go first."""
    ours = OptIn.objects.filter(pk=row.pk)
    if kind in TAKEN:
        ours.update(mailed_at=at, claimed_until=None)
    elif kind == Kind.ADDRESS:
        ours.update(withheld="bad_address", claimed_until=None)


def _release(untried: Iterable[OptIn]) -> None:
    """Others may have them at once."""
    OptIn.objects.filter(pk__in=[row.pk for row in untried]).update(claimed_until=None)


def _withheld(row: OptIn, limits: "_Limits", at: datetime) -> str:
    if row.asked_at < at - MAIL_WITHIN:
        return "late"
    if row.address_key in limits.suppressed:
        return "suppressed"
    return "capped" if limits.reached(row) else ""


class _Limits:
    """How much of each limit is used up, for a batch: four queries, then counting on in memory.

    `used` counts the mails that were taken, `held` those that are claimed and may yet fail.
    """

    def __init__(self, rows: Iterable[OptIn], at: datetime) -> None:
        self.suppressed = suppression.load(Channel.EMAIL, [row.address_key for row in rows])
        mailed = OptIn.objects.filter(mailed_at__gt=at - PER_MAILBOX[-1][0])
        same = mailed.filter(mailbox_key__in=[row.mailbox_key for row in rows])
        self.used: Counter[tuple[str, timedelta]] = Counter()
        for row in same.only("mailbox_key", "mailed_at"):
            periods = [
                period for period, _most in PER_MAILBOX if row.mailed_at and row.mailed_at > at - period
            ]
            self.used.update((row.mailbox_key, period) for period in periods)
        recent = OptIn.objects.filter(mailed_at__gt=at - PER_CLIENT[0])
        for address, evidence in recent.values_list("address", "evidence"):
            self.used.update([(_domain(address), PER_DOMAIN[0]), (_client(evidence), PER_CLIENT[0])])
        self.held: Counter[tuple[str, timedelta]] = Counter()
        for row in OptIn.objects.filter(mailed_at=None, withheld="", claimed_until__gt=at):
            self.held.update(key for key, _most in self._of(row))

    def _of(self, row: OptIn) -> list[tuple[tuple[str, timedelta], int]]:
        """The limits that a row falls under, and how many mails each allows."""
        found = [((row.mailbox_key, period), most) for period, most in PER_MAILBOX]
        found.append(((_domain(row.address), PER_DOMAIN[0]), PER_DOMAIN[1]))
        if client := _client(row.evidence):
            most = PER_KEY if row.evidence.get("key") else PER_CLIENT[1]
            found.append(((client, PER_CLIENT[0]), most))
        return found

    def reached(self, row: OptIn) -> bool:
        return any(self.used[key] >= most for key, most in self._of(row))

    def take(self, row: OptIn) -> bool:
        """Hold a place for one mail; False while others hold the last one, which they may yet give back."""
        limits = self._of(row)
        if any(self.used[key] + self.held[key] >= most for key, most in limits):
            return False
        self.held.update(key for key, _most in limits)
        return True


def _client(evidence: dict[str, Any]) -> str:
    """Who caused it: the till or shop whose key it was, else the address of the one who asked."""
    return f"key {evidence['key']}" if evidence.get("key") else evidence.get("ip", "")


def _domain(address: str) -> str:
    return "@" + address.rpartition("@")[2].lower()


def _mail(row: OptIn, at: datetime) -> Kind | None:
    """What became of the mail; None when we failed before anybody was called. It must not cost the others theirs."""
    token = links.opt_in_token(row.pk)
    try:
        return service_mail.opt_in(row.address, row.language, row.topic, token, row.asked_at, at).kind
    except Exception:
        log.exception("Opt-in %s could not be mailed", row.pk)
        return None
