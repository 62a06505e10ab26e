import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from channels.returned import door
from channels.returned.reading import LARGEST, Kind

TRY_AGAIN = 75  # EX_TEMPFAIL: the mail server keeps the mail and comes again
AT_ONCE = 100


class Command(BaseCommand):
    help = "Take in bounces and complaints from the standard input: one mail, as a mail server pipes it, or an mbox."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = take(sys.stdin.buffer)
        except (OperationalError, InterfaceError) as error:
            self.stderr.write(f"The database is away: {type(error).__name__}")
            sys.exit(TRY_AGAIN)
        told = ", ".join(f"{counts[kind]} {kind}" for kind in Kind)
        self.stdout.write(f"{counts.total()} read: {told}")


def take(lines: Iterable[bytes]) -> Counter[Kind]:
    counts: Counter[Kind] = Counter()
    mails, at = mails_of(lines), timezone.now()
    while some := list(islice(mails, AT_ONCE)):
        kept = door.keep(some, at)
        door.hear(kept, at)
        counts.update(kept.kinds)
    return counts


def mails_of(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Each mail's beginning, as much of it as is read. In an mbox a line "From ..." begins one, after an empty line."""
    mail, is_mbox, blank = bytearray(), None, True
    for line in lines:
        begins = blank and line.startswith(b"From ")
        is_mbox = begins if is_mbox is None else is_mbox
        if is_mbox and begins:
            if mail:
                yield bytes(mail)
            mail.clear()
        elif len(mail) < LARGEST:
            mail += line[:LARGEST]
        blank = not line.strip()
    if mail:
        yield bytes(mail)
