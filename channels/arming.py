"""Whether this database may send. One that was restored, copied or promoted may not, until somebody has looked at it:
what went out since the backup is unknown to it, and would go out again (reliability F40)."""

from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Count, Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels.models import Arming, Delivery
from config import formats
from customers import audit, erasure_journal
from customers.models import User

# The cluster, its timeline (a promoted standby or a recovery begins another), the database, and the ledger's table,
# which a dump brings back as a new one.
PLACE = """
    SELECT concat_ws(':', s.system_identifier, c.timeline_id, d.oid, 'channels_delivery'::regclass::oid)
    FROM pg_control_system() s, pg_control_checkpoint() c, pg_database d WHERE d.datname = current_database()
"""
FIRST = """
    INSERT INTO channels_arming (id, place, at) VALUES (1, %s, clock_timestamp()) ON CONFLICT (id) DO NOTHING
"""
REPLAY = "./stammkunde manage erasures replay"


class Waiting(NamedTuple):
    """What a message would send as soon as sending is allowed."""

    message_id: int
    people: int
    since: datetime


def place() -> str:
    with connection.cursor() as cursor:
        cursor.execute(PLACE)
        found: str = cursor.fetchone()[0]
    return found


def armed() -> bool:
    """A new database is; one that comes from elsewhere is not."""
    here = place()
    there = Arming.objects.filter(pk=1).values_list("place", flat=True).first()
    if there is None:
        with connection.cursor() as cursor:
            cursor.execute(FIRST, [here])
        return armed()
    return there == here


class RefusedError(Exception):
    """It may not send yet."""


def erasures_fault() -> str:
    """Why it must not send yet, as far as the journal of erasures tells; "" if that names nobody who is still here."""
    try:
        back = erasure_journal.still_to_repeat()
    except erasure_journal.UnreadableError as error:
        return str(error)
    if not back:
        return ""
    sentence = ngettext(
        "%(n)s person of the journal of erasures is back in this database. First run: %(run)s",
        "%(n)s people of the journal of erasures are back in this database. First run: %(run)s",
        back,
    )
    return sentence % {"n": formats.number(back), "run": REPLAY}


@transaction.atomic
def arm(user: User | None, at: datetime, *, replayed: bool) -> None:
    """Let this database send. `replayed`: somebody says that who was erased since the backup was erased again, which we
    only know of those in our journal. Raises RefusedError."""
    if fault := erasures_fault():
        raise RefusedError(fault)
    if not replayed and not armed():
        raise RefusedError(
            _("Confirm that the erasures since the backup were repeated (by command: --erasures-replayed).")
        )
    _write(place(), user, at)
    audit.record(user, "sending.allowed", None, at)


@transaction.atomic
def disarm(user: User | None, at: datetime) -> None:
    """Let nothing go out, for instance before a disk with this database is copied."""
    _write("", user, at)
    audit.record(user, "sending.stopped", None, at)


def _write(here: str, user: User | None, at: datetime) -> None:
    Arming.objects.update_or_create(pk=1, defaults={"place": here, "at": at, "user": user})


def waiting(at: datetime) -> list[Waiting]:
    """What is due, the oldest first."""
    due = Delivery.objects.filter(state=Delivery.State.PLANNED, due_at__lte=at)
    rows = due.values("message_id").annotate(people=Count("id"), since=Min("due_at")).order_by("since")[:50]
    return [Waiting(row["message_id"], row["people"], row["since"]) for row in rows]
