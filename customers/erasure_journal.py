"""The journal of erasures as a file outside of the database, so that a restored backup does not bring anybody back: one
customer's key per line, nothing else of anybody."""

import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from customers.models import Customer

log = logging.getLogger(__name__)


class UnreadableError(Exception):
    """The journal holds what is no journal's."""


def path() -> Path | None:
    """Where it is kept; None if nobody wants one."""
    return Path(settings.ERASURE_JOURNAL) if settings.ERASURE_JOURNAL else None


def read(file: Path) -> list[str]:
    """The keys in it. Raises UnreadableError."""
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(
            _("%(file)s cannot be read: give the file that `erasures write` made.") % {"file": file}
        ) from error
    return list(_keys(lines))


def _keys(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        try:
            if line.strip():
                yield str(UUID(line.strip()))
        except ValueError as error:
            raise UnreadableError(
                _("Line %(number)s of the journal holds no customer's key: take the line out.")
                % {"number": number}
            ) from error


def still_to_repeat() -> int:
    """How many people of the journal this database has and has not erased. Raises UnreadableError."""
    file = path()
    if file is None or not file.exists():
        return 0
    return Customer.objects.filter(key__in=read(file), erased_at=None).count()


def keep(keys: Iterable[str]) -> None:
    """Add them. What fails is made up for at night: the erasure itself is done."""
    file = path()
    if file is None:
        return
    try:
        _append(file, keys)
    except OSError:
        log.exception("The journal of erasures cannot be written")


def complete(file: Path) -> int:
    """Add whom the database has erased and the file does not name; how many it names then. Nobody is taken out of it: a
    restored database knows fewer. Raises UnreadableError and OSError."""
    known = set(read(file)) if file.exists() else set()
    erased = Customer.objects.exclude(erased_at=None)  # also the profiles that were merged into hers before
    missing = {str(key) for key in erased.values_list("key", flat=True)} - known
    _append(file, sorted(missing))
    return len(known | missing)


def _append(file: Path, keys: Iterable[str]) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as journal:
        journal.write("".join(f"{key}\n" for key in keys))
