"""Whose browsers they are. An owner's name in Reach changes when she begins anew, so that a suppressed one does not
stop her. Reach is locked before subscriptions, everywhere."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from secrets import token_hex

from django.db import connection, transaction

from channels import consent, suppression
from channels.consent import Statement
from channels.models import Channel, Consent, PushSubscription, Reach, Suppression
from channels.push import devices
from channels.suppression import Entry
from customers import dirty

MOST_DEVICES = 20  # of one person; older ones are ended


MEET = """
    INSERT INTO channels_reach (customer_id, channel) SELECT id, 'push' FROM unnest(%s::bigint[]) AS u (id) ORDER BY id
    ON CONFLICT (customer_id, channel) DO NOTHING
"""


def hold(customer_ids: Collection[int]) -> None:
    """Keep everybody else away from these people's browsers until the transaction ends. Who has no Reach here yet is
    given an empty one first: of two first browsers that come at once, the second must see the name of the other."""
    if customer_ids:
        with connection.cursor() as cursor:
            cursor.execute(MEET, [sorted(customer_ids)])
        consent.hold(customer_ids)


LIVE = """
    SELECT id, customer_id, address FROM channels_pushsubscription
    WHERE customer_id = ANY(%s) AND ended_at IS NULL ORDER BY customer_id, id DESC
"""
NAME = """
    UPDATE channels_pushsubscription s SET address = u.address
    FROM unnest(%s::bigint[], %s::text[]) AS u (customer_id, address)
    WHERE s.customer_id = u.customer_id AND s.ended_at IS NULL AND s.address <> u.address
"""
REACH = """
    INSERT INTO channels_reach AS old (customer_id, channel, address, address_key)
    SELECT customer_id, 'push', address, key FROM unnest(%s::bigint[], %s::text[], %s::text[])
        AS u (customer_id, address, key) ORDER BY customer_id
    ON CONFLICT (customer_id, channel) DO UPDATE SET address = EXCLUDED.address, address_key = EXCLUDED.address_key
"""


def settle(customer_ids: Collection[int], at: datetime) -> None:
    """Give these people's live browsers one name, and their Reach that name; "" without a browser. Reach is held."""
    if not customer_ids:
        return
    people = sorted(customer_ids)
    names: dict[int, list[str]] = defaultdict(list)
    spare: list[int] = []
    with connection.cursor() as cursor:
        cursor.execute(LIVE, [people])
        for pk, customer_id, address in cursor.fetchall():
            names[customer_id].append(address)
            if len(names[customer_id]) > MOST_DEVICES:
                spare.append(pk)
    devices.end(spare, PushSubscription.Reason.REPLACED, at)
    reached = Reach.objects.filter(customer__in=people, channel=Channel.PUSH)
    now = dict(reached.values_list("customer", "address"))
    wanted = _names(people, names, now)
    changed = {pk: name for pk, name in wanted.items() if name != now.get(pk, "")}
    if changed:
        _write_reach(changed)
    with connection.cursor() as cursor:
        cursor.execute(NAME, [list(wanted), list(wanted.values())])
    dirty.mark(sorted(changed), at)


def _names(people: Sequence[int], names: dict[int, list[str]], now: dict[int, str]) -> dict[int, str]:
    """Her present name if a live browser has it and it still works, else a new one; "" without a live browser."""
    hashes = {pk: suppression.address_key(Channel.PUSH, now.get(pk, "")) for pk in people}
    reasons = suppression.load(Channel.PUSH, hashes.values())
    works = {
        pk
        for pk in people
        if now.get(pk) and now[pk] in names[pk] and reasons.get(hashes[pk]) != Suppression.Reason.BOUNCE
    }
    return {pk: now[pk] if pk in works else token_hex(16) if names[pk] else "" for pk in people}


def _write_reach(names: dict[int, str]) -> None:
    people = sorted(names)
    addresses = [names[pk] for pk in people]
    hashes = [suppression.address_key(Channel.PUSH, each) for each in addresses]
    with connection.cursor() as cursor:
        cursor.execute(REACH, [people, addresses, hashes])


OWN = """
    UPDATE channels_pushsubscription s SET customer_id = v.customer_id
    FROM customers_visitor v
    WHERE v.id = ANY(%s) AND s.visitor_id = v.id AND s.customer_id IS NULL AND v.customer_id IS NOT NULL
      AND s.ended_at IS NULL
    RETURNING s.id
"""


@transaction.atomic
def attach(visitor_ids: Sequence[int], at: datetime) -> int:
    """These visitors have said, with proof, who they are: their browsers become hers, and so does their yes."""
    waiting = PushSubscription.objects.filter(visitor__in=visitor_ids, customer=None, ended_at=None)
    people = set(waiting.exclude(visitor__customer=None).values_list("visitor__customer", flat=True))
    if not people:
        return 0
    hold(people)
    with connection.cursor() as cursor:
        cursor.execute(OWN, [list(visitor_ids)])
        ids = [pk for (pk,) in cursor.fetchall()]
    settle(people, at)
    said = PushSubscription.objects.filter(pk__in=ids).exclude(asked_at=None).order_by("pk")
    consent.record([statement(row) for row in said], at)
    return len(ids)


def move(loser_id: int, winner_id: int, at: datetime) -> None:
    """Two people are one: all browsers are hers who stays, and so is an objection at those of either. Within the
    transaction of the merge."""
    consent.hold({loser_id, winner_id})
    reached = Reach.objects.filter(customer__in=[loser_id, winner_id], channel=Channel.PUSH)
    names = list(reached.values_list("address", flat=True))
    if PushSubscription.objects.filter(customer=loser_id).exists():
        _take_over(loser_id, winner_id, at)
    _object(names, winner_id, at)


def _take_over(loser_id: int, winner_id: int, at: datetime) -> None:
    hold({loser_id, winner_id})
    PushSubscription.objects.filter(customer=loser_id).update(customer=winner_id)
    # Who has an address without a browser of ours, as in the demo shop, keeps it.
    if PushSubscription.objects.filter(customer=winner_id, ended_at=None).exists():
        settle({winner_id}, at)


def _object(names: Collection[str], winner_id: int, at: datetime) -> None:
    """Who objected under one of these names meant herself, whatever her browsers are called now."""
    said = suppression.load(Channel.PUSH, [suppression.address_key(Channel.PUSH, name) for name in names])
    reached = Reach.objects.filter(customer=winner_id, channel=Channel.PUSH).values_list("address", flat=True)
    left = suppression.address_key(Channel.PUSH, reached.first() or "")
    reasons = suppression.PERSONS_WILL & {Suppression.Reason(reason) for reason in said.values()}
    suppression.suppress_entries([Entry(Channel.PUSH, left, reason, "merged") for reason in reasons], at)


def statement(row: PushSubscription) -> Statement:
    assert row.customer_id is not None  # noqa: S101
    assert row.asked_at is not None  # noqa: S101
    return Statement(
        customer_id=row.customer_id,
        channel=Channel.PUSH,
        granted=True,
        basis=Consent.Basis.STATED,
        stated_at=row.asked_at,
        evidence=row.evidence | {"subscription": row.pk},
    )
