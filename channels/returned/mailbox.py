"""The mailboxes to which bounces and complaints come, read in turns.

What a turn has read is committed together with how far it has come and what is to be removed; only then is that
removed, by this turn or, after a crash, by the next one. So nothing is lost, and nothing counts twice.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from channels import arming
from channels.backends.base import secret, shortened
from channels.backends.smtp import IMAP_PORT, IMAPS_PORT
from channels.models import Account, BounceMailbox
from channels.returned import door, imap
from channels.returned.door import Kept
from channels.returned.imap import Box, Options
from channels.returned.reading import LARGEST, REPORTS, Kind

log = logging.getLogger(__name__)

MOST = 200  # mails a turn
LEASE = timedelta(seconds=imap.LONGEST + 10)
SECRET = "BOUNCES_PASSWORD"  # noqa: S105 - a name


class Unread(Exception):
    """The mailbox could not be read; why, in plain words."""


class Position(NamedTuple):
    """Behind the mail of that number, in the series `validity` of that mailbox."""

    place: str
    validity: int
    number: int


def accounts() -> Iterator[Account]:
    """Those whose mailbox is read."""
    for account in Account.objects.filter(backend="smtp").order_by("id"):
        if account.settings.get("imap_host"):
            yield account


def read_all(at: datetime) -> None:
    for account in accounts():
        try:
            read(account, at)
        except Unread as error:
            log.warning("The bounce mailbox of account %s cannot be read: %s", account.pk, error)


def read(account: Account, at: datetime) -> Counter[Kind]:
    """The next mails: how many of each kind. Raises Unread, which is kept for the account's page."""
    if not arming.armed():
        raise Unread(_("This copy of the database may not send, nor take mails out of a mailbox."))
    with _alone(account) as row:
        try:
            with imap.opened(_options(account)) as box:
                kept = _turn(box, row, at)
        except imap.FAULTS as error:
            why = _said(error)
            BounceMailbox.objects.filter(pk=row.pk).update(fault=why)
            raise Unread(why) from error
    door.hear(kept, at)
    return Counter(kept.kinds)


@contextmanager
def _alone(account: Account) -> Iterator[BounceMailbox]:
    """Its row, claimed for as long as a turn may last: behind a slow server ticks would pile up, a worker each."""
    row = BounceMailbox.objects.get_or_create(account=account)[0]
    mine = BounceMailbox.objects.filter(pk=row.pk)
    free = mine.filter(Q(reading_until=None) | Q(reading_until__lt=Now()))
    if not free.update(reading_until=Now() + LEASE):
        raise Unread(_("It is being read at this moment."))
    try:
        yield row
    finally:
        mine.update(reading_until=None)


def _said(error: Exception) -> str:
    """In the server's words, which imaplib passes on as bytes."""
    words = error.args[0] if error.args else ""
    return (
        shortened(words.decode(errors="replace") if isinstance(words, bytes) else error)
        or type(error).__name__
    )


def _options(account: Account) -> Options:
    given = account.settings
    security = str(given.get("imap_security") or "tls")
    port = int(given.get("imap_port") or (IMAPS_PORT if security == "tls" else IMAP_PORT))
    return Options(
        str(given["imap_host"]), port, security, str(given.get("imap_username", "")), secret(account, SECRET)
    )


def _turn(box: Box, row: BounceMailbox, at: datetime) -> Kept:
    begun = _begin(box, row)
    numbers, last = box.after(begun.number, MOST)
    mails: dict[int, bytes] = {}
    for number in numbers:
        if mails and box.is_late():
            last = max(mails)
            break
        mails[number] = box.fetch(number, LARGEST)
    kept, removing = _commit(row, begun._replace(number=last), mails, at)
    _remove(box, row, removing)
    return kept


def _begin(box: Box, row: BounceMailbox) -> Position:
    """Where the last turn ended, once it is tidied up. Numbers of another mailbox, or another series, say nothing."""
    if (row.place, row.validity) != (box.place, box.validity):
        return Position(box.place, box.validity, 0)
    _remove(box, row, row.removing)
    return Position(row.place, row.validity, row.number)


def _remove(box: Box, row: BounceMailbox, numbers: list[int]) -> None:
    if numbers:
        box.remove(numbers)
        there = BounceMailbox.objects.filter(pk=row.pk, place=box.place, validity=box.validity)
        there.filter(removing=numbers).update(removing=[])


@transaction.atomic
def _commit(
    row: BounceMailbox, end: Position, mails: dict[int, bytes], at: datetime
) -> tuple[Kept, list[int]]:
    """What was read, unless another process has read it meanwhile; and what of it may be removed now."""
    held = BounceMailbox.objects.select_for_update().get(pk=row.pk)
    if (held.place, held.validity, held.number) != (row.place, row.validity, row.number):
        return Kept([], []), []
    kept = door.keep(list(mails.values()), at, row.pk)
    held.removing = [number for number, kind in zip(mails, kept.kinds, strict=True) if kind in REPORTS]
    held.place, held.validity, held.number = end
    held.read_at, held.fault = at, ""
    held.counts = dict(Counter(held.counts) + Counter(map(str, kept.kinds)))
    held.save()
    return kept, held.removing
