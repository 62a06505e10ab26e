"""Points are booked here, in lists, and only here. loyalty/models/points.py says what the rows are.

Every booking carries the caller's key (`source`, `reference` and its kind): the same key books once, and a repeated
call gets the first answer. The rows of a call may be about anybody; what decides holds the accounts in id order, then
reads, then writes. A fixed number of statements per call, or per round where one account has several debits.
"""

import json
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from config import prepared
from customers import dirty
from customers.models import Origin
from loyalty import ledger_statements as statements
from loyalty.bookings import (
    BOOKED,
    KNOWN,
    NOT_ENOUGH,
    SOON,
    Booked,
    Booking,
    Held,
    Key,
    NobodyThere,
    OtherBooking,
    Part,
    Standing,
)
from loyalty.models import Entry, Program
from loyalty.signals import points_booked

Kind = Entry.Kind
MOST_IDS = 10_000
EXPIRE_AT_ONCE = 10_000


class _Closed(Exception):
    """The account's customer was merged into another while we waited for it."""


# --- Giving points ---


def earn(
    program: Program, rows: Sequence[Booking], at: datetime, origin: Origin = Origin.LIVE
) -> list[Booked]:
    """Book earned points; what the customer owes is paid from them. Answers in the order of the rows."""
    return grant(program, [replace(row, kind=Kind.EARN) for row in rows], at, origin)


def grant(
    program: Program, rows: Sequence[Booking], at: datetime, origin: Origin = Origin.LIVE
) -> list[Booked]:
    """Book positive entries of any kind, in one statement when all accounts are there. Raises NobodyThere."""
    for _attempt in range(3):
        with suppress(_Closed):
            return _grant(program, rows, at, origin)
    raise NobodyThere("accounts were closed again and again")


@transaction.atomic
def _grant(program: Program, rows: Sequence[Booking], at: datetime, origin: Origin) -> list[Booked]:
    found: dict[Key, Booked] = {}
    missing = _by_key(rows)
    for last in (False, True):
        found |= _insert(program, missing, at, origin)
        missing = {key: row for key, row in missing.items() if key not in found}
        if missing:
            found |= _known(program, missing)
            missing = {key: row for key, row in missing.items() if key not in found}
        if not missing:
            break
        if last:
            raise NobodyThere(sorted({row.customer_id for row in missing.values()}))
        _open_accounts(program, missing.values())
    _tell(_new(found), at, origin)
    return [found[row.key] for row in rows]


def _insert(program: Program, rows: dict[Key, Booking], at: datetime, origin: Origin) -> dict[Key, Booked]:
    """What of it was new. Who owes something pays."""
    made: dict[Key, Booked] = {}
    owing = set()
    for kind, source, reference, pk, points, account, debt in _ask(
        statements.GRANT, program, list(rows.values()), at, origin
    ):
        if account is None:
            raise _Closed
        made[kind, source, reference] = Booked(pk, points, BOOKED)
        if debt:
            owing.add(account)
    if owing:
        _run(statements.PAY_DEBTS, {"accounts": sorted(owing), "at": at})
    return made


# --- Taking points ---


def spend(
    program: Program, rows: Sequence[Booking], at: datetime, origin: Origin = Origin.LIVE
) -> list[Booked]:
    """Take points that can be spent, those that end first before others; all of a row's, or none (NOT_ENOUGH)."""
    return debit(program, [replace(row, kind=Kind.SPEND) for row in rows], at, origin)


@transaction.atomic
def debit(
    program: Program, rows: Sequence[Booking], at: datetime, origin: Origin = Origin.LIVE
) -> list[Booked]:
    """Book negative entries of any kind. Of those of kind reverse and adjust the rest is owed that is not there."""
    wanted = _by_key(rows)
    apart = hold_accounts(program, {row.customer_id for row in rows})
    found: dict[Key, Booked] = {}
    for turn in _rounds(wanted.values(), apart):
        for kind, source, ref, pk, points in _ask(statements.DEBIT, program, turn, at, origin):
            found[kind, source, ref] = Booked(pk, points, BOOKED)
    missing = {key: row for key, row in wanted.items() if key not in found}
    if missing:
        found |= _known(program, missing, sign=-1)
    _tell(_new(found), at, origin)
    return [found.get(row.key, Booked(None, 0, NOT_ENOUGH)) for row in rows]


def _rounds(rows: Collection[Booking], apart: bool) -> list[list[Booking]]:
    """A customer's debits follow one another, since each decides by what the last has left. `apart`: no two of the
    customers have the same account."""
    if not apart:
        return [[row] for row in rows]
    turns: list[list[Booking]] = []
    seen: dict[int, int] = {}
    for row in rows:
        turn = seen[row.customer_id] = seen.get(row.customer_id, -1) + 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(row)
    return turns


def hold_accounts(program: Program, customer_ids: Collection[int]) -> bool:
    """Keep everybody else who decides about these accounts waiting until the transaction ends; they are opened where
    they are missing. Whether each customer has one of her own: of merged customers two ids lead to one."""
    ids = sorted(set(customer_ids))
    params = {"program": program.pk, "customers": ids}
    for _attempt in range(3):
        held = _run(statements.HOLD_ACCOUNTS, params)
        if len(held) == len(ids) and not any(closed for _account, closed in held):
            return True
        # Where two ids lead to one account opening finds nothing to do, and that is all.
        _run(statements.OPEN_ACCOUNTS, params)
    if any(closed for _account, closed in _run(statements.HOLD_ACCOUNTS, params)):
        raise NobodyThere("accounts were closed again and again")
    return False


# --- Holds ---


@transaction.atomic
def hold(program: Program, rows: Sequence[Booking], at: datetime) -> list[Held]:
    """Keep points for open baskets until `expires_at`. A key that is known gets its first answer."""
    apart = hold_accounts(program, {row.customer_id for row in rows})
    found: dict[tuple[str, str], Held] = {}
    for turn in _rounds(_by_key(rows).values(), apart):
        for source, reference, pk, points in _ask(statements.PLACE_HOLD, program, turn, at):
            found[source, reference] = Held(pk, points, BOOKED)
    missing = [row for row in rows if (row.source, row.reference) not in found]
    for source, reference, pk, points in (
        _ask(statements.KNOWN_HOLDS, program, missing, at) if missing else ()
    ):
        found[source, reference] = Held(pk, points, KNOWN)
    return [found.get((row.source, row.reference), Held(None, 0, NOT_ENOUGH)) for row in rows]


@transaction.atomic
def release(program: Program, rows: Sequence[Booking], at: datetime) -> int:
    """Give up holds that are open; how many were."""
    hold_accounts(program, {row.customer_id for row in rows})
    return len(_ask(statements.RELEASE, program, rows, at))


# --- The end of points ---


def expire(at: datetime, most: int = EXPIRE_AT_ONCE) -> int:
    """Sweep lots whose end has come, a transaction per `most` lots; how many were swept. Nobody could spend them since
    their end: this only makes the books say so."""
    swept = 0
    while done := _expire_some(at, most):
        swept += done
    return swept


@transaction.atomic
def _expire_some(at: datetime, most: int) -> int:
    accounts = [pk for (pk,) in _run(statements.ENDED, {"at": at, "most": most})]
    return expire_accounts(accounts, at) if accounts else 0


def expire_accounts(accounts: list[int], at: datetime) -> int:
    """The same for these accounts, which the caller holds."""
    ended = _run(statements.EXPIRE, {"accounts": accounts, "at": at})
    dirty.mark((customer for _pk, customer in ended), at)
    _tell([pk for pk, _customer in ended], at, Origin.LIVE)
    return len(ended)


# --- Looking ---


def standing(program: Program, customer_ids: Collection[int], at: datetime) -> dict[int, Standing]:
    """What each of these people has, in one query."""
    found = {pk: Standing() for pk in customer_ids}
    params = {"program": program.pk, "customers": list(customer_ids), "at": at, "soon": at + SOON}
    for customer, *figures in _run(statements.WHAT_CAN_BE_SPENT, params):
        free, waiting, owed, next_end, ending = figures
        found[customer] = Standing(max(0, int(free)), int(waiting), owed, next_end, int(ending))
    return found


def taken(debit_ids: Collection[int]) -> list[Part]:
    return [Part(*row) for row in _run(statements.TAKEN, {"debits": list(debit_ids)})]


# --- What all share ---


def _by_key(rows: Sequence[Booking]) -> dict[Key, Booking]:
    wanted: dict[Key, Booking] = {}
    for row in rows:
        if row.points <= 0:
            raise ValueError(f"{row.points} points: a booking has more than none")
        if wanted.setdefault(row.key, row) != row:
            raise OtherBooking(row.key)
    return wanted


def _known(program: Program, rows: dict[Key, Booking], sign: int = 1) -> dict[Key, Booked]:
    found = {}
    answer = _ask(statements.KNOWN, program, list(rows.values()), None)
    for kind, source, reference, pk, points, owner, asked in answer:
        key = kind, source, reference
        if owner != asked or points != sign * rows[key].points:
            raise OtherBooking(key)
        found[key] = Booked(pk, points, KNOWN)
    return found


def _open_accounts(program: Program, rows: Collection[Booking]) -> None:
    _run(statements.OPEN_ACCOUNTS, {"program": program.pk, "customers": [row.customer_id for row in rows]})


def _new(found: dict[Key, Booked]) -> list[int]:
    """The entries that this call has made."""
    return [each.entry_id for each in found.values() if each.entry_id and each.fate == BOOKED]


def _tell(ids: Sequence[int], at: datetime, origin: Origin) -> None:
    """Upper apps hear of the entries."""
    for start in range(0, len(ids), MOST_IDS):
        points_booked.send(Entry, ids=ids[start : start + MOST_IDS], at=at, origin=origin)


def _plain(row: Booking) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if value is not None and value != ""}


def _params(
    program: Program, rows: Sequence[Booking], at: datetime | None, origin: Origin = Origin.LIVE
) -> dict[str, Any]:
    write: Callable[[Any], str] = datetime.isoformat
    said = json.dumps([_plain(row) for row in rows], default=write)
    return {"program": program.pk, "at": at, "rows": said, "origin": str(origin)}


def _ask(
    statement: str,
    program: Program,
    rows: Sequence[Booking],
    at: datetime | None,
    origin: Origin = Origin.LIVE,
) -> list[Any]:
    return _run(statement, _params(program, rows, at, origin))


def _run(statement: str, params: dict[str, Any]) -> list[Any]:
    with prepared.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []
