"""Asking again: who has given no sign of life for so long that her yes is asked for anew, and how she gives it.

A yes does not lapse by time alone. Whether the shop asks again after a while, and stops writing to who does not answer,
is a rule of its delivery policy.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from channels import consent, preferences
from channels.messages.page import CONFIRM
from channels.messages.variants import FIRST
from channels.models import DeliveryPolicy, Permission, Preference, PreferenceChange, Purpose
from channels.opt_out import Door
from channels.preferences import Wishes
from config import prepared
from config.clocks import months_later
from customers import dirty, interests
from customers.models import Customer

FIELD = CONFIRM.strip("{} ")
FRESH = timedelta(days=1)  # whom the link of a message asks is not asked twice

# Tests of a customer `c` and her roll-up row `s`; {since} is a moment. What she stated, a no too, is a sign of life; a
# click is one where we may know of it.
SILENT = """
    (greatest(s.last_order_at, s.last_event_at) > {since}) IS NOT TRUE
    AND NOT EXISTS (SELECT FROM channels_permission said WHERE said.customer_id = c.id AND said.stated_at > {since})
    AND NOT EXISTS (SELECT FROM channels_preference wish
                    WHERE wish.customer_id = c.id AND wish.interests_confirmed_at > {since})
    AND NOT EXISTS (SELECT FROM channels_delivery d JOIN channels_deliveryevent e ON e.delivery_id = d.id
                    WHERE d.customer_id = c.id AND e.kind = 'clicked' AND e.human AND e.at > {since})
"""
# She named interests, and has not spoken of them since then.
UNCONFIRMED = """
    EXISTS (SELECT FROM customers_interest i WHERE i.customer_id = c.id AND i.withdrawn_at IS NULL)
    AND NOT EXISTS (SELECT FROM customers_interest i
                    WHERE i.customer_id = c.id AND greatest(i.stated_at, i.withdrawn_at) > {since})
    AND NOT EXISTS (SELECT FROM channels_preference wish
                    WHERE wish.customer_id = c.id AND wish.interests_confirmed_at > {since})
"""
AMONG = """
    SELECT c.id FROM unnest(%(ids)s::bigint[]) AS c (id)
    LEFT JOIN customers_customerstats s ON s.customer_id = c.id
    WHERE {test}
"""
# Contents, and whether they ask: a frozen one by what it shows, a draft, of which a dry run asks, by its blocks.
WRITTEN = """
    SELECT version_id, 0, channel, language, variant, fields ? %(field)s FROM channels_versioncontent
    WHERE version_id = ANY(%(versions)s)
    UNION ALL
    SELECT 0, message_id, channel, language, variant,
           blocks @> '[{"kind": "confirm"}]' OR strpos(blocks::text, %(field)s) > 0
    FROM channels_content WHERE message_id = ANY(%(drafts)s)
"""


class Place(NamedTuple):
    """A content: of a version, or where that is 0 of a message's draft."""

    version: int
    message: int
    channel: str
    language: str
    variant: str


def silent(customer_ids: Collection[int], since: datetime) -> set[int]:
    """Those of these customers without a sign of life since then. One query."""
    return _among(SILENT, customer_ids, since)


def unconfirmed(customer_ids: Collection[int], since: datetime) -> set[int]:
    """Those of these customers who named interests and have not spoken of them since then. One query."""
    return _among(UNCONFIRMED, customer_ids, since)


def _among(test: str, customer_ids: Collection[int], since: datetime) -> set[int]:
    with prepared.cursor() as cursor:
        cursor.execute(
            AMONG.format(test=test.format(since="%(since)s")), {"ids": list(customer_ids), "since": since}
        )
        return {pk for (pk,) in cursor.fetchall()}


def asking(places: Iterable[Place]) -> set[Place]:
    """Those whose content, or that of variant A where theirs is not written, holds the link by which she says yes
    again. One query."""
    known = set(places)
    values: dict[str, Any] = {
        "versions": sorted({place.version for place in known if place.version}),
        "drafts": sorted({place.message for place in known if not place.version}),
        "field": FIELD,
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN, values)
        asks = {Place(*row): asks for *row, asks in cursor.fetchall()}
    return {place for place in known if asks.get(place, asks.get(place._replace(variant=FIRST), False))}


# --- What her page asks ---


class Questions(NamedTuple):
    consent: bool
    interests: bool


def questions(customer: Customer, wishes: Wishes, by_link: bool, at: datetime) -> Questions:
    """What to ask her: what the policy says is due; all of it if a message led her here, unless she just did answer."""
    policy = DeliveryPolicy.current()
    agreed_on = {cell.channel for cell in wishes.allowed if cell.purpose == Purpose.SENDING}
    agreed = bool(agreed_on - preferences.suppressed(customer, agreed_on).keys())
    if not by_link:
        months, later = policy.ask_consent_after, policy.ask_interests_after
        return Questions(
            agreed and months is not None and bool(silent([customer.pk], months_later(at, -months))),
            later is not None and bool(unconfirmed([customer.pk], months_later(at, -later))),
        )
    spoke = Permission.objects.filter(customer=customer, stated_at__gt=at - FRESH).exists()
    confirmed = Preference.objects.filter(customer=customer, interests_confirmed_at__gt=at - FRESH).exists()
    return Questions(agreed and not spoke, bool(wishes.interests) and not confirmed)


@transaction.atomic
def confirm_consent(door: Door, evidence: dict[str, Any], at: datetime) -> bool:
    """Say again every yes to messages that she has now, as statements of their own, on the channels where her address
    is not suppressed; False if there is none. Nothing is widened: a topic that she does not want stays so."""
    customer = preferences.hold(door).customer
    channels = preferences.read(customer, at).channels
    blocked = preferences.suppressed(customer, channels)
    proof = {"delivery": door.delivery.pk} | evidence
    statements = [
        statement
        for channel in channels
        if channel not in blocked
        for statement in preferences.again(customer.pk, channel, proof, at)
    ]
    consent.record(statements, at)
    return bool(statements)


@transaction.atomic
def confirm_interests(door: Door, evidence: dict[str, Any], at: datetime) -> bool:
    """Note that her interests are still right; False if she has named none."""
    customer = preferences.hold(door).customer
    named = sorted(str(pk) for pk in interests.of(customer.pk))
    if not named:
        return False
    preferences.choose(customer, interests_confirmed_at=at)
    PreferenceChange.objects.create(
        customer=customer,
        what=PreferenceChange.What.INTERESTS,
        before=named,
        after=named,
        evidence={"delivery": door.delivery.pk} | evidence,
        at=at,
    )
    dirty.mark([customer.pk], at)
    return True
