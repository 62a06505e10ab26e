"""Who stands on which tier: looked at again after each booking that counts, and when a period ends.

Up at once, down only at the end of a period. Accounts are held in id order, then read, then decided; so two who look
at one account at the same time write one row. A few statements per batch of accounts, whatever its size.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from customers import dirty
from customers.models import Origin
from loyalty import tier_statements as statements
from loyalty.models import Account, Program, Tier, TierPeriod
from loyalty.signals import tier_falls_announced, tiers_changed

AT_ONCE = 1000
SKEW = timedelta(minutes=1)  # bookings of a machine whose clock is ahead count already
MOST_PERIODS = 24  # that are caught up in one go, after a long standstill
FIELDS = [name.strip() for name in statements.COLUMNS.split(",")]


class Standing(NamedTuple):
    """`points` count in the window of now; `missing` are those to the `next` tier, `to_keep` those that its end asks
    for and that are not there yet. `since`, `until`: of the tier."""

    tier: Tier | None
    since: datetime | None
    until: datetime | None
    points: int
    next: Tier | None
    missing: int | None
    to_keep: int


# --- Work ---


def look_at_all(program: Program, at: datetime) -> None:
    """The ladder has changed: note everybody."""
    _run(statements.ADD_ALL, {"program": program.pk, "at": at})


def sweep(at: datetime, most: int = AT_ONCE) -> int:
    """Look at all accounts that are noted, a transaction per `most` notes; how many rows were written."""
    written = 0
    while (done := _sweep_some(at, most)) is not None:
        written += done
    return written


@transaction.atomic
def _sweep_some(at: datetime, most: int) -> int | None:
    work = _run(statements.TAKE_WORK, {"most": most})
    if not work:
        return None
    origins = dict(sorted(work, key=lambda row: row[1] == Origin.LIVE))  # a live booking outranks the others
    by_origin: dict[str, list[int]] = {}
    for account, origin in origins.items():
        by_origin.setdefault(origin, []).append(account)
    held = hold(origins)
    return sum(
        evaluate([each for each in ids if each in held], at, Origin(origin))
        for origin, ids in by_origin.items()
    )


def end_periods(at: datetime, most: int = AT_ONCE) -> int:
    """Decide about all periods whose end has come; how many rows were written."""
    written = 0
    while done := _end_some(at, most):
        written += done
    return written


@transaction.atomic
def _end_some(at: datetime, most: int) -> int:
    accounts = [row[0] for row in _run(statements.ENDING_ACCOUNTS, {"at": at, "most": most})]
    return evaluate(sorted(hold(accounts)), at) if accounts else 0


def hold(account_ids: Collection[int]) -> set[int]:
    """Keep everybody else who decides about these accounts waiting; those that are open."""
    return {row[0] for row in _run(statements.HOLD, {"accounts": sorted(set(account_ids))})}


def evaluate(accounts: list[int], at: datetime, origin: Origin = Origin.LIVE) -> int:
    """Bring the tiers of these accounts, which the caller holds, up to date; how many rows were written."""
    params = {"accounts": accounts, "at": at, "until": at + SKEW}
    written = _write(statements.REMOVED, params, origin)
    for _period in range(MOST_PERIODS):
        ended = _write(statements.ENDED, params, origin)
        written += ended
        if not ended:
            break
    return written + _write(statements.RAISED, params, origin)


def _write(statement: str, params: dict[str, Any], origin: Origin) -> int:
    rows = [TierPeriod(**dict(zip(FIELDS, row, strict=True))) for row in _run(statement, params)]
    if rows:
        write(rows, params["at"], origin)
    return len(rows)


def write(rows: list[TierPeriod], at: datetime, origin: Origin = Origin.LIVE) -> None:
    """Let these rows follow the accounts' current ones, and tell of those that change something."""
    if origin == Origin.DEMO:
        for row in rows:
            row.coupon_due = False
    accounts = [row.account_id for row in rows]
    TierPeriod.objects.filter(account__in=accounts, current=True).update(current=False)
    made = TierPeriod.objects.bulk_create(rows)
    dirty.mark(Account.objects.filter(pk__in=accounts).values_list("customer_id", flat=True), at, origin)
    changed = [row.pk for row in made if row.reached != TierPeriod.Reached.KEPT]
    if changed:
        tiers_changed.send(TierPeriod, ids=changed, at=at, origin=origin)


# --- Falls that are announced ---


def announce(at: datetime, origin: Origin = Origin.LIVE, most: int = AT_ONCE) -> int:
    """Note, once per period, who falls within the programme's days unless points come; how many."""
    announced = 0
    while ids := _announce_some(at, origin, most):
        announced += len(ids)
    return announced


@transaction.atomic
def _announce_some(at: datetime, origin: Origin, most: int) -> list[int]:
    ids = [row[0] for row in _run(statements.ANNOUNCE, {"at": at, "most": most})]
    if ids:
        dirty.mark(
            TierPeriod.objects.filter(pk__in=ids).values_list("account__customer_id", flat=True), at, origin
        )
        tier_falls_announced.send(TierPeriod, ids=ids, at=at, origin=origin)
    return ids


def falling(program: Program, days: int, at: datetime) -> dict[int, int]:
    """Accounts that fall within so many days unless points come, and how many they miss."""
    return dict(_run(statements.FALLING_SOON, {"program": program.pk, "days": days, "at": at}))


# --- Looking ---


def standing(program: Program, customer_ids: Collection[int], at: datetime) -> dict[int, Standing]:
    """What each of these people has, as far as there is anything; three queries."""
    ladder = {tier.pk: tier for tier in Tier.objects.filter(program=program)}
    if not ladder:
        return {}
    params = {"program": program.pk, "customers": list(customer_ids), "at": at}
    to_keep = dict(_run(statements.TO_KEEP, params))
    return {
        customer: Standing(
            ladder.get(tier), since, until, points, ladder.get(following), missing, to_keep.get(customer, 0)
        )
        for customer, tier, since, until, points, following, missing in _run(statements.OF_CUSTOMERS, params)
    }


class Rank(NamedTuple):
    """What is said of her tier in a programme, by names; `last_day` counts whole, where the programme is. `missing` are
    the points to the `next` tier. Empty and None: there is none."""

    program: str
    tier: str
    last_day: date | None
    next: str
    missing: int


def ranks(customer_ids: Collection[int], at: datetime) -> dict[int, list[Rank]]:
    """These people's tiers in all active programmes, in one query."""
    found: dict[int, list[Rank]] = {}
    params = {"customers": list(customer_ids), "at": at}
    for customer, program, tier, until, following, missing in _run(statements.RANKS, params):
        last_day = (until - datetime.resolution).date() if until else None
        rank = Rank(program, tier or "", last_day, following or "", max(missing or 0, 0))
        found.setdefault(customer, []).append(rank)
    return found


def factors(program: Program, customer_ids: Collection[int]) -> dict[int, Decimal]:
    """What the tiers of these people multiply an order's points by, where that is more than once."""
    return dict(_run(statements.FACTORS, {"program": program.pk, "customers": list(customer_ids)}))


def held_by(customer_id: int) -> set[int]:
    """The tiers that she has now, one per programme."""
    found = TierPeriod.objects.filter(account__customer=customer_id, current=True, tier__isnull=False)
    return set(found.values_list("tier_id", flat=True))


class Preview(NamedTuple):
    """How many would be in a tier by the points that they have now, and how many of them would rise into it."""

    members: int
    rising: int


def preview(program: Program, threshold: int, at: datetime, tier: Tier | None = None) -> Preview:
    """Of a tier that is to begin at `threshold`; `tier` is the one that is being changed."""
    others = Tier.objects.filter(program=program, active=True).exclude(pk=(tier and tier.pk) or 0)
    upper = (
        others.filter(threshold__gt=threshold)
        .order_by("threshold")
        .values_list("threshold", flat=True)
        .first()
    )
    params = {"program": program.pk, "threshold": threshold, "upper": upper, "at": at}
    return Preview(*_run(statements.PREVIEW, params)[0])


def _run(statement: str, params: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []
