"""Undoing a correction of points, by bookings against it."""

from datetime import datetime

from django.db import transaction

from customers import audit
from customers.models import User
from loyalty import corrections, ledger
from loyalty.bookings import Booked, Booking
from loyalty.corrections import GRACE, REVERSAL, NotAllowed
from loyalty.ledger import Kind
from loyalty.models import Debt, Entry, Program


@transaction.atomic
def take_back(program: Program, entry_id: int, actor: User, at: datetime) -> list[Booked]:
    """Undo a correction by bookings against it, as far as that was not done yet.

    Raises NotAllowed: "maker" for a large one that this person asked for or confirmed, "done" for one that is undone.
    """
    entry = Entry.objects.select_related("account", "request").get(
        pk=entry_id, program=program, kind=Kind.ADJUST
    )
    ledger.hold_accounts(program, {entry.account.customer_id})
    if is_large(program, entry) and not may_take_back(entry, actor):
        raise NotAllowed("maker")
    left = corrections.left_to_take_back([entry_id])[entry_id]
    if not left:
        raise NotAllowed("done")
    answers = (
        _take_given(program, entry, left, actor, at) if left > 0 else _give_taken(program, entry, actor, at)
    )
    audit.record(actor, "points.correction_reversed", entry.account, at, points=-left, entry=entry_id)
    return answers


def is_large(program: Program, entry: Entry) -> bool:
    return abs(entry.points) > program.second_person_above


def may_take_back(entry: Entry, actor: User) -> bool:
    """A large correction took two people; undoing it takes a third pair of eyes."""
    request = getattr(entry, "request", None)
    people = {entry.actor_id} | ({request.maker_id, request.checker_id} if request else set())
    return actor.pk not in people and actor.has_perm("loyalty.approve_adjustment")


def _take_given(program: Program, entry: Entry, left: int, actor: User, at: datetime) -> list[Booked]:
    row = Booking(
        entry.account.customer_id, left, REVERSAL, str(entry.pk), reverses_id=entry.pk, actor_id=actor.pk
    )
    return corrections.refund(program, [row], at)


def _give_taken(program: Program, entry: Entry, actor: User, at: datetime) -> list[Booked]:
    """Each lot that had paid by a lot with its end. What nobody has paid yet comes first, so that it pays itself."""
    parts = [(str(part.lot_id), part.points, part.expires_at) for part in ledger.taken([entry.pk])]
    owed = Debt.objects.filter(entry=entry.pk, remaining__gt=0).values_list("remaining", flat=True).first()
    if owed:
        ledger.grant(program, [_returning(entry, actor, "owed", owed, at, None)], at)
    rows = [_returning(entry, actor, name, points, at, ends) for name, points, ends in parts]
    return ledger.grant(program, rows, at)


def _returning(
    entry: Entry, actor: User, name: str, points: int, at: datetime, ends: datetime | None
) -> Booking:
    return Booking(
        entry.account.customer_id,
        points,
        REVERSAL,
        f"{entry.pk}/{name}",
        kind=Kind.REVERSE,
        reverses_id=entry.pk,
        actor_id=actor.pk,
        counts_for_tier=entry.counts_for_tier,
        available_from=at,
        expires_at=at + GRACE if ends and ends <= at else ends,
    )
