"""Addresses that must not be written to, known by a keyed hash only, so that they outlive a person's erasure.

How others compare with them:
- **Sending and gates** hold the plain address in Python: `load(channel, [address_key(channel, address)])`.
- **SQL over many customers** (segment condition, planning, dry run) joins `Reach`, whose `address_key` is the
  hash of `Reach.address`, valid while that equals the customer's own address: use `suppressed_sql(channel)`.
  `refresh_keys(ids)` makes missing and mends stale Reach rows; planning calls it for its chunk (which also
  makes the rows that sending locks), a receiver of `people_changed` and a tick call it for everybody else. So
  a SQL answer may be minutes behind an address that was changed without the signal; the gates never are.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from channels.addresses import OWN
from channels.models import Account, Channel, Message, Reach, Suppression
from channels.signals import consents_changed
from config import prepared
from customers import dirty
from customers.addresses import address_key as address_key
from customers.addresses import normalise as normalise
from customers.models import Origin

CHUNK = 10_000
# The first that holds stays: an objection must not be forgotten because the mailbox is also full.
BY_WEIGHT = [
    Suppression.Reason.OBJECTION,
    Suppression.Reason.COMPLAINT,
    Suppression.Reason.STAFF,
    Suppression.Reason.BOUNCE,
]
# Receipts may go to somebody who objects to advertising, but not to a mailbox that does not exist.
STOPS_SERVICE = frozenset({Suppression.Reason.BOUNCE})
# Said by a person, not of an address: it holds for whatever address of hers is left when two profiles become one.
PERSONS_WILL = frozenset({Suppression.Reason.OBJECTION, Suppression.Reason.COMPLAINT})


def stops(reason: str | None, purpose: str) -> bool:
    """Whether an address that is suppressed for this reason (None: it is not) gets no message of that purpose."""
    return reason in STOPS_SERVICE if purpose == Message.Purpose.SERVICE else reason is not None


class Entry(NamedTuple):
    """An address that is to be suppressed, by its hash. Of `source` 80 characters are kept."""

    channel: str
    address_key: str
    reason: Suppression.Reason
    source: str = ""


def suppress(
    channel: str, addresses: Iterable[str], reason: Suppression.Reason, at: datetime, source: str = ""
) -> int:
    """Never write to these again. Returns how many were not suppressed yet."""
    return suppress_keys(channel, [address_key(channel, a) for a in addresses], reason, at, source)


def suppress_keys(
    channel: str, keys: Iterable[str], reason: Suppression.Reason, at: datetime, source: str = ""
) -> int:
    """As `suppress`, for hashes."""
    return suppress_entries([Entry(channel, key, reason, source) for key in keys], at)


@transaction.atomic
def suppress_entries(entries: Iterable[Entry], at: datetime) -> int:
    """As `suppress`, for hashes with a reason and source each.

    Waits for slices that are being gated, and stops every later one. All that one transaction has to suppress
    belongs into one call: Reach is locked here in id order, and a second call would begin that order again.
    """
    wanted = _strongest(entries)
    if not wanted:
        return 0
    customers = _hold_reach(wanted)
    with connection.cursor() as cursor:
        weight = [str(each) for each in BY_WEIGHT]
        cursor.execute(SUPPRESS, [at, *map(list, zip(*wanted, strict=True)), weight, weight])
        fresh = sum(1 for (new,) in cursor.fetchall() if new)
    _tell(customers, at)
    return fresh


SUPPRESS = """
    INSERT INTO channels_suppression AS old (channel, address_key, reason, source, at)
    SELECT channel, address_key, reason, source, %s
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS u (channel, address_key, reason, source)
    ON CONFLICT (channel, address_key) DO UPDATE
    SET reason = EXCLUDED.reason, source = EXCLUDED.source, at = EXCLUDED.at
    WHERE array_position(%s::text[], EXCLUDED.reason::text) < array_position(%s::text[], old.reason::text)
    RETURNING (xmax = 0)
"""


def _strongest(entries: Iterable[Entry]) -> list[Entry]:
    """One entry per address, the weightiest and of those the first, in the one order of all writers."""
    best: dict[tuple[str, str], Entry] = {}
    for entry in sorted(entries, key=lambda each: BY_WEIGHT.index(each.reason)):
        if entry.address_key:
            best.setdefault((entry.channel, entry.address_key), entry)
    return [best[key]._replace(source=best[key].source[:80]) for key in sorted(best)]


def _hold_reach(entries: Iterable[Entry]) -> list[int]:
    """Lock the Reach rows with these addresses, in id order as everybody does; the customers, ascending."""
    keys = {entry.address_key for entry in entries}  # a key is of one channel: that is part of its hash
    channels = {entry.channel for entry in entries}
    reached = Reach.objects.select_for_update().filter(channel__in=channels, address_key__in=keys)
    return sorted({reach.customer_id for reach in reached.order_by("id")})


@transaction.atomic
def release(suppression: Suppression, at: datetime) -> None:
    """Take an address off the list again. The caller audits who and why."""
    key, channel = suppression.address_key, suppression.channel
    suppression.delete()
    reached = Reach.objects.filter(channel=channel, address_key=key).order_by("customer_id")
    _tell(list(reached.values_list("customer_id", flat=True)), at)


def _tell(customers: list[int], at: datetime) -> None:
    dirty.mark(customers, at)
    for start in range(0, len(customers), CHUNK):
        ids = customers[start : start + CHUNK]
        consents_changed.send(Suppression, ids=ids, at=at, origin=Origin.LIVE)


def keys_of(addresses: Mapping[str, str]) -> dict[str, str]:
    """The hash of each channel's address; none of an empty one."""
    return {
        channel: address_key(channel, address) for channel, address in addresses.items() if address.strip()
    }


def found(keys: Mapping[str, str]) -> dict[str, Suppression]:
    """By channel what is suppressed of these hashes, of one address for each channel."""
    rows = Suppression.objects.filter(channel__in=keys.keys(), address_key__in=keys.values())
    return {row.channel: row for row in rows}  # a key is of one channel: that is part of its hash


def load(channel: str, keys: Collection[str]) -> dict[str, str]:
    """The reason per suppressed key among `keys`. One query."""
    with prepared.cursor() as cursor:
        cursor.execute(
            "SELECT address_key, reason FROM channels_suppression WHERE channel = %s AND address_key = ANY(%s)",
            [channel, [key for key in keys if key]],
        )
        return dict(cursor.fetchall())


def suppressed_sql(channel: str) -> tuple[str, list[Any]]:
    """A test of the customer's row `c`: her present address is suppressed; and its parameters."""
    own = OWN.get(channel, "reach.address")
    return (
        f"""EXISTS (SELECT FROM channels_reach reach
        JOIN channels_suppression suppression
          ON suppression.channel = reach.channel AND suppression.address_key = reach.address_key
        WHERE reach.customer_id = c.id AND reach.address = {own} AND reach.channel = %s)""",
        [channel],
    )


STALE = """
    SELECT c.id, {address} FROM customers_customer c
    LEFT JOIN channels_reach reach ON reach.customer_id = c.id AND reach.channel = %(channel)s
    WHERE {address} <> '' AND reach.address IS DISTINCT FROM {address} AND c.id > %(after)s
      AND (%(ids)s::bigint[] IS NULL OR c.id = ANY(%(ids)s::bigint[]))
    ORDER BY c.id LIMIT %(limit)s
"""
UPSERT = """
    INSERT INTO channels_reach AS old (customer_id, channel, address, address_key)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[])
    ON CONFLICT (customer_id, channel) DO UPDATE
    SET address = EXCLUDED.address, address_key = EXCLUDED.address_key
"""
# An address that was changed by hand may be a suppressed one, which segments can only see now.
DIRTY = """
    INSERT INTO customers_dirty (customer_id)
    SELECT reach.customer_id FROM channels_reach reach
    JOIN channels_suppression suppression
      ON suppression.channel = reach.channel AND suppression.address_key = reach.address_key
    WHERE reach.channel = %s AND reach.customer_id = ANY(%s)
"""


def refresh_keys(
    customer_ids: list[int] | None = None, channels: Iterable[str] = (Channel.EMAIL.value,)
) -> int:
    """Make the Reach of these customers (None: all) agree with their own addresses; counts rows."""
    return sum(_refresh(channel, customer_ids) for channel in channels if channel in OWN)


def _refresh(channel: str, customer_ids: list[int] | None) -> int:
    after, written = 0, 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            values: dict[str, Any] = {"channel": channel, "after": after, "ids": customer_ids, "limit": CHUNK}
            cursor.execute(STALE.format(address=OWN[channel]), values)
            stale: list[tuple[int, str]] = cursor.fetchall()
            _write_keys(channel, stale)
        written += len(stale)
        if len(stale) < CHUNK:
            return written
        after = stale[-1][0]


def in_use() -> list[str]:
    """The channels with an account, and e-mail, whose addresses people change."""
    used = {Channel.EMAIL.value, *Account.objects.values_list("channel", flat=True).distinct()}
    return sorted(used & OWN.keys() - {Channel.IN_APP.value})


def _write_keys(channel: str, people: list[tuple[int, str]]) -> None:
    if not people:
        return
    ids = [customer_id for customer_id, _address in people]
    # Sending locks these in id order; an upsert in another order could meet it head-on.
    list(Reach.objects.select_for_update().filter(customer_id__in=ids, channel=channel).order_by("id"))
    addresses = [address for _customer_id, address in people]
    keys = [address_key(channel, address) for address in addresses]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [ids, [channel] * len(ids), addresses, keys])
        cursor.execute(DIRTY, [channel, ids])
