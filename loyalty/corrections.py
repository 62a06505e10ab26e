"""Bookings that take back, correct or pass on others. All go through loyalty/ledger.py."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from customers import audit
from customers.models import Origin, User
from loyalty import ledger
from loyalty.bookings import BOOKED, Booked, Booking, Part
from loyalty.ledger import Kind
from loyalty.models import Account, AdjustmentRequest, Entry, Program

# Points that come back after their end can be spent for so long still.
GRACE = timedelta(days=30)
REVERSAL = "reversal"


class NotAllowed(Exception):
    """A booking that the rules forbid; `code` says which rule: amount, maker, decided, reason,
    done, tier."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def refund(
    program: Program, rows: Sequence[Booking], at: datetime, origin: Origin = Origin.LIVE
) -> list[Booked]:
    """Take back parts of earned entries (`reverses_id`), first from their own lots; what is spent already is owed.

    Raises NotAllowed("amount") for more than an entry still has.
    """
    ledger.hold_accounts(program, {row.customer_id for row in rows})
    granted = {entry.pk: entry for entry in Entry.objects.filter(pk__in=[row.reverses_id for row in rows])}
    left = left_to_take_back(list(granted))
    known = set(
        Entry.objects.filter(
            program=program,
            kind=Kind.REVERSE,
            source__in={row.source for row in rows},
            reference__in=[row.reference for row in rows],
        ).values_list("source", "reference")
    )
    wanted = []
    for row in rows:
        entry = granted[row.reverses_id or 0]
        if (row.source, row.reference) not in known:
            left[entry.pk] -= row.points
            if left[entry.pk] < 0:
                raise NotAllowed("amount")
        wanted.append(_taking_back(row, entry))
    return ledger.debit(program, wanted, at, origin)


def _taking_back(row: Booking, entry: Entry) -> Booking:
    fields = vars(row) | {
        "kind": Kind.REVERSE,
        "lot_id": entry.pk,
        "whole": True,
        "counts_for_tier": entry.counts_for_tier,
        "order_id": row.order_id or entry.order_id,
        "terms_id": row.terms_id or entry.terms_id,
    }
    return Booking(**fields)


def left_to_take_back(entry_ids: Sequence[int]) -> dict[int, int]:
    """Of each entry, the points that no reversal has taken back yet."""
    left = dict(Entry.objects.filter(pk__in=entry_ids).values_list("pk", "points"))
    for pk, points in Entry.objects.filter(reverses__in=entry_ids).values_list("reverses", "points"):
        if pk is not None:
            left[pk] += points
    return left


@transaction.atomic
def reverse(
    program: Program,
    entry_id: int,
    at: datetime,
    actor: User | None = None,
    points: int | None = None,
    owner_id: int | None = None,
) -> list[Booked]:
    """Give back what is left of a spend, or `points` of it: a new lot per lot that had paid, with that lot's end, or
    GRACE where it has come already. The lot that ends last gets its points first, so that parts come to the same as
    the whole. `owner_id`: to whom, where a merge has closed the account that had paid. Raises
    NotAllowed("amount") for more than is left."""
    spend = Entry.objects.select_related("account").get(pk=entry_id, program=program, kind=Kind.SPEND)
    owner_id = owner_id or spend.account.customer_id
    ledger.hold_accounts(program, {owner_id})
    left = -left_to_take_back([entry_id])[entry_id]
    if points is not None and not 0 <= points <= left:
        raise NotAllowed("amount")
    done = -spend.points - left
    upto = done + (left if points is None else points)
    rows = [
        _giving_back(spend, owner_id, part, gone, give, at, actor)
        for part, gone, give in _parts(spend, done, upto)
    ]
    return ledger.grant(program, rows, at) if rows else []


def _parts(spend: Entry, done: int, upto: int) -> Iterator[tuple[Part, int, int]]:
    """Of each lot that had paid: how much of it went back before, and how much goes back from `done` to `upto`."""
    begins = 0
    for part in sorted(ledger.taken([spend.pk]), key=_ends_last):
        gone, there = (min(max(point - begins, 0), part.points) for point in (done, upto))
        if there > gone:
            yield part, gone, there - gone
        begins += part.points


def _ends_last(part: Part) -> tuple[bool, float, int]:
    return part.expires_at is not None, -part.expires_at.timestamp() if part.expires_at else 0, -part.lot_id


def _giving_back(
    spend: Entry, owner_id: int, part: Part, gone: int, points: int, at: datetime, actor: User | None
) -> Booking:
    return Booking(
        customer_id=owner_id,
        points=points,
        source=REVERSAL,
        reference=f"{spend.pk}/{part.lot_id}" + (f"/{gone}" if gone else ""),
        kind=Kind.REVERSE,
        order_id=spend.order_id,
        reverses_id=spend.pk,
        actor_id=actor.pk if actor else None,
        available_from=at,
        expires_at=at + GRACE if part.expires_at and part.expires_at <= at else part.expires_at,
    )


@transaction.atomic
def transfer(
    program: Program,
    giver_id: int,
    taker_id: int,
    points: int,
    key: tuple[str, str],
    at: datetime,
    actor: User | None = None,
    reason: str = "",
) -> Booked:
    """Pass points on, with the dates they have. `key` is (source, reference) of the caller."""
    if giver_id == taker_id:
        raise NotAllowed("amount")
    source, reference = key
    ledger.hold_accounts(program, {giver_id, taker_id})
    by = actor.pk if actor else None
    out = Booking(
        giver_id, points, source, reference, kind=Kind.TRANSFER_OUT, actor_id=by, reason=reason.strip()
    )
    booked = ledger.debit(program, [out], at)[0]
    if booked.entry_id is not None:
        ledger.grant(program, passed_on([booked.entry_id], taker_id, key, by, reason.strip()), at)
    if booked.fate == BOOKED and actor:
        account = Account.objects.get(entries=booked.entry_id)
        audit.record(actor, "points.passed_on", account, at, points=points, to=taker_id)
    return booked


def passed_on(
    debit_ids: Sequence[int], taker_id: int, key: tuple[str, str], by: int | None = None, reason: str = ""
) -> list[Booking]:
    """The entries that receive what these debits took, lot by lot."""
    source, reference = key
    return [
        Booking(
            taker_id,
            part.points,
            source,
            f"{reference}/{part.debit_id}/{part.lot_id}",
            kind=Kind.TRANSFER_IN,
            actor_id=by,
            reason=reason,
            available_from=part.available_from,
            expires_at=part.expires_at,
        )
        for part in ledger.taken(debit_ids)
    ]


# --- Corrections by hand ---


@dataclass(frozen=True)
class Correction:
    """`points` are signed; `key` is (source, reference) of the caller."""

    customer_id: int
    points: int
    reason: str
    key: tuple[str, str]
    counts_for_tier: bool = False


@transaction.atomic
def adjust(program: Program, wish: Correction, maker: User, at: datetime) -> Booked | AdjustmentRequest:
    """Book a correction; above the programme's threshold ask a second person instead. More than is there is owed.
    Raises NotAllowed (amount, reason, tier)."""
    _check(wish.points, wish.reason)
    if abs(wish.points) <= program.second_person_above:
        return _adjust(program, wish, maker, at)
    ledger.hold_accounts(program, {wish.customer_id})
    if known := AdjustmentRequest.objects.filter(key="/".join(wish.key)).first():
        return known
    account = Account.objects.get(program=program, customer=wish.customer_id)
    _refuse_below_nothing(wish, account.lifetime + wish.points)
    request, is_new = AdjustmentRequest.objects.get_or_create(
        key="/".join(wish.key),
        defaults={
            "account": account,
            "points": wish.points,
            "reason": wish.reason.strip(),
            "counts_for_tier": wish.counts_for_tier,
            "maker": maker,
            "asked_at": at,
        },
    )
    if not is_new:
        return request
    audit.record(maker, "points.correction_asked", account, at, points=wish.points)
    return request


def _check(points: int, reason: str) -> None:
    if not points:
        raise NotAllowed("amount")
    if not reason.strip():
        raise NotAllowed("reason")


def _refuse_below_nothing(wish: Correction, lifetime: int) -> None:
    """Nobody can lose more points that count for the tier than she has ever earned."""
    if wish.counts_for_tier and wish.points < 0 and lifetime < 0:
        raise NotAllowed("tier")


def _adjust(program: Program, wish: Correction, actor: User, at: datetime) -> Booked:
    source, reference = wish.key
    row = Booking(
        wish.customer_id,
        abs(wish.points),
        source,
        reference,
        kind=Kind.ADJUST,
        actor_id=actor.pk,
        reason=wish.reason.strip(),
        counts_for_tier=wish.counts_for_tier,
        available_from=at,
        whole=True,
    )
    booked = (ledger.grant if wish.points > 0 else ledger.debit)(program, [row], at)[0]
    if booked.fate != BOOKED:
        return booked
    account = Account.objects.get(entries=booked.entry_id)
    _refuse_below_nothing(wish, account.lifetime)
    audit.record(actor, "points.corrected", account, at, points=wish.points, entry=booked.entry_id)
    return booked


@transaction.atomic
def decide(request_id: int, checker: User, yes: bool, at: datetime) -> AdjustmentRequest:
    """A second person books the correction or refuses it, once. Raises NotAllowed (maker, decided, tier)."""
    request = (
        AdjustmentRequest.objects.select_for_update(of=["self"])
        .select_related("account__program")
        .get(pk=request_id)
    )
    if request.state != AdjustmentRequest.State.WAITING:
        raise NotAllowed("decided")
    if request.maker_id == checker.pk:
        raise NotAllowed("maker")
    request.checker, request.decided_at = checker, at
    request.state = AdjustmentRequest.State.BOOKED if yes else AdjustmentRequest.State.REFUSED
    if not yes:
        audit.record(checker, "points.correction_refused", request.account, at, points=request.points)
    if yes:
        key = ("request", str(request.pk))
        wish = Correction(
            request.account.customer_id, request.points, request.reason, key, request.counts_for_tier
        )
        request.entry_id = _adjust(request.account.program, wish, checker, at).entry_id
    request.save()
    return request
