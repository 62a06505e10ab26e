"""What two people who are one have said, and what was sent or is still to be sent to them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _

from channels import addresses, consent, suppression
from channels.consent import Statement
from channels.models import Channel, Consent, Delivery, Purpose, Suppression, Topic
from channels.suppression import Entry
from customers.models import Customer
from customers.privacy import Count, PersonalData, personal_data

# Sending holds Reach from the gates until `calling` is written, as the merge does: no row is on its way between.
END_OPEN = """
    UPDATE channels_delivery SET state = 'withheld', reason = 'merged', ended_at = %(at)s
    WHERE customer_id = %(loser)s AND state = 'planned'
"""
# What both got stays where it is: one row for each person of a run is what its figures count.
MOVE = """
    UPDATE channels_delivery d SET customer_id = %(winner)s
    WHERE d.customer_id = %(loser)s AND NOT EXISTS (
        SELECT FROM channels_delivery other WHERE other.message_id = d.message_id
        AND other.occurrence = d.occurrence AND other.customer_id = %(winner)s)
"""
# Of two wishes the narrower one holds: the rarer, and the longer pause. Of interests the later word counts.
PREFERENCE = """
    INSERT INTO channels_preference AS p (customer_id, frequency, paused_until, interests_confirmed_at)
    SELECT %(winner)s, frequency, paused_until, interests_confirmed_at
    FROM channels_preference WHERE customer_id = %(loser)s
    ON CONFLICT (customer_id) DO UPDATE
    SET frequency = (ARRAY['any', 'weekly', 'monthly'])[greatest(
            array_position(ARRAY['any', 'weekly', 'monthly'], p.frequency::text),
            array_position(ARRAY['any', 'weekly', 'monthly'], excluded.frequency::text))],
        paused_until = greatest(p.paused_until, excluded.paused_until),
        interests_confirmed_at = greatest(p.interests_confirmed_at, excluded.interests_confirmed_at)
"""
MOVE_ASKED = """
    WITH calls AS (UPDATE channels_servicecall SET customer_id = %(winner)s WHERE customer_id = %(loser)s),
         replies AS (UPDATE channels_reply SET customer_id = %(winner)s WHERE customer_id = %(loser)s),
         inbox AS (UPDATE channels_inboxmessage SET customer_id = %(winner)s WHERE customer_id = %(loser)s)
    UPDATE channels_optin SET customer_id = %(winner)s WHERE customer_id = %(loser)s
"""
FORGET_PREFERENCE = """
    WITH learnt AS (DELETE FROM channels_habit WHERE customer_id = %(loser)s)
    DELETE FROM channels_preference WHERE customer_id = %(loser)s
"""
# Which channel the one who goes likes best holds where the one who stays has never said so, nor that all are the same.
LEAVE = """
    WITH gone AS (DELETE FROM channels_reach WHERE customer_id = %(loser)s RETURNING id, channel, preferred)
    INSERT INTO channels_reach (customer_id, channel, preferred)
    SELECT %(winner)s, channel, true FROM gone
    WHERE preferred AND NOT EXISTS (SELECT FROM channels_reach WHERE customer_id = %(winner)s AND preferred)
      AND NOT EXISTS (SELECT FROM channels_preferencechange WHERE customer_id = %(winner)s AND what = 'channel')
    ORDER BY id LIMIT 1
    ON CONFLICT (customer_id, channel) DO UPDATE SET preferred = true
"""
INSTANT = timedelta(microseconds=1)


@personal_data.register
class Contact(PersonalData):
    """Before the profiles are merged: which address somebody said yes for is still to be seen."""

    key = "contact"
    order = 50

    def merge(self, loser: Customer, winner: Customer, at: datetime) -> None:
        suppression.refresh_keys([loser.pk, winner.pk], suppression.in_use())
        consent.hold([loser.pk, winner.pk])
        params: dict[str, Any] = {"loser": loser.pk, "winner": winner.pk, "at": at}
        with connection.cursor() as cursor:
            cursor.execute(END_OPEN, params)
            for statement in (MOVE, MOVE_ASKED, PREFERENCE, FORGET_PREFERENCE):
                cursor.execute(statement, params)
        consent.record(list(_narrowed(loser, winner, at)), at)
        _object(loser, winner, at)
        with connection.cursor() as cursor:
            cursor.execute(LEAVE, params)

    def counts(self, customer: Customer) -> Sequence[Count]:
        sent = Delivery.objects.filter(customer=customer)
        waiting = sent.filter(state=Delivery.State.PLANNED).count()
        return [
            Count(_("Messages"), sent.count() - waiting, _("taken over; what both got stays with the run")),
            Count(_("Messages that wait to be sent"), waiting, _("not sent any more")),
            Count(
                _("Statements on consent"),
                customer.consents.count(),
                _("kept as proof; of two answers the narrower one holds"),
            ),
        ]


class Cell(NamedTuple):
    """A question on which both may have said something, and the statement that decides it for either."""

    channel: str
    topic: Topic | None
    purpose: str
    winner: Consent | None
    loser: Consent | None

    @property
    def refused(self) -> bool:
        said = [each for each in (self.winner, self.loser) if each is not None]
        return any(each.state == Consent.State.WITHDRAWN for each in said)


def _narrowed(loser: Customer, winner: Customer, at: datetime) -> Iterator[Statement]:
    """What has to be written for the winner. No refusal of either is lost, and no yes is given to another address.

    A refusal of all topics covers each of them, so it counts from the instant before, and what both still agree to is
    said again.
    """
    cells = list(_cells(loser, winner))
    ours = _same_addresses(loser, winner)
    wide = {
        (cell.channel, cell.purpose)
        for cell in cells
        if cell.topic is None and cell.refused and not _is(cell.winner, Consent.State.WITHDRAWN)
    }
    for cell in cells:
        if cell.refused:
            if not _is(cell.winner, Consent.State.WITHDRAWN):
                yield _statement(cell, winner, loser, granted=False, at=at - INSTANT)
            continue
        yes = cell.winner or (cell.loser if cell.channel in ours else None)
        said_again = cell.topic is not None and (cell.channel, cell.purpose) in wide
        if (
            yes is not None
            and (cell.winner is None or said_again)
            and consent.is_proven(yes.basis, yes.evidence)
        ):
            yield _statement(cell, winner, loser, granted=True, at=at)


def _cells(loser: Customer, winner: Customer) -> Iterator[Cell]:
    topics: list[Topic | None] = [None, *Topic.objects.order_by("pk")]
    said = {(channel, who.pk): list[Consent]() for channel, who in product(Channel.values, (winner, loser))}
    for row in Consent.objects.filter(customer__in=[winner, loser]).order_by("pk"):
        said[row.channel, row.customer_id].append(row)
    for channel, purpose, topic in product(Channel.values, Purpose.values, topics):
        ours = consent.deciding(said[channel, winner.pk], topic, purpose)
        theirs = consent.deciding(said[channel, loser.pk], topic, purpose)
        if topic is None or _own(ours, topic) or _own(theirs, topic):
            yield Cell(channel, topic, purpose, ours, theirs)


def _own(row: Consent | None, topic: Topic) -> bool:
    """Whether it was said about this topic: about all topics is said once."""
    return row is not None and row.topic_id == topic.pk


def _is(row: Consent | None, state: Consent.State) -> bool:
    return row is not None and row.state == state


def _same_addresses(loser: Customer, winner: Customer) -> set[str]:
    """The channels on which a yes of the loser's is for the address that is left. In-app messages reach herself."""
    theirs, ours = addresses.own(loser), addresses.own(winner)
    same = {
        channel
        for channel, address in ours.items()
        if not address
        or suppression.normalise(channel, theirs[channel]) == suppression.normalise(channel, address)
    }
    return same | {Channel.IN_APP.value} | (set(Channel.values) - ours.keys())


def _statement(cell: Cell, winner: Customer, loser: Customer, *, granted: bool, at: datetime) -> Statement:
    """A transfer: on the basis of what was said, which it names."""
    wanted = Consent.State.GRANTED if granted else Consent.State.WITHDRAWN
    said = cell.winner if _is(cell.winner, wanted) else cell.loser
    assert said is not None  # noqa: S101  (one of the two decided so)
    return Statement(
        customer_id=winner.pk,
        channel=cell.channel,
        granted=granted,
        basis=said.basis,
        stated_at=at,
        topic_id=cell.topic.pk if cell.topic else None,
        purpose=cell.purpose,
        evidence=said.evidence | {"merged_from": loser.pk, "statement": said.pk},
    )


def _object(loser: Customer, winner: Customer, at: datetime) -> None:
    """Who objected at one of her addresses meant herself: it holds for the address that is left, too. Her browsers have
    changed hands already (channels/push/ownership.py)."""
    keys = {suppression.address_key(*each): each[0] for each in addresses.own(loser).items() if each[1]}
    left = addresses.own(winner)
    objected = Suppression.objects.filter(
        channel__in=left, address_key__in=keys, reason__in=suppression.PERSONS_WILL
    )
    suppression.suppress_entries(
        [
            Entry(
                each.channel,
                suppression.address_key(each.channel, left[each.channel]),
                Suppression.Reason(each.reason),
                f"merged {loser.pk}",
            )
            for each in objected
        ],
        at,
    )
