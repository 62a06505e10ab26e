"""How many mails of a sending domain are reported as spam, and what follows: mailboxes turn away whoever is at 0.3 %.

Counted over the mails of the last seven days by all accounts; from 0.1 % on it is told, at 0.2 % marketing from the
domain pauses by itself, at 0.3 % it stops until somebody who approves says what has been changed. After that the mails
before no longer count.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _

from channels.delivery import pausing
from channels.models import Message, SendingDomain
from config import formats
from customers import audit
from customers.models import User

log = logging.getLogger(__name__)

WINDOW = timedelta(days=7)
# Below these one angry reader would be a crisis.
LEAST_MAILS, LEAST_COMPLAINTS = 1_000, 3
# An unchanged number of complaints is not held against the mails again for so long.
STALE = timedelta(hours=1)
Hold = SendingDomain.Hold


class Level(IntEnum):
    """By complaints of a thousand mails."""

    GOOD = 0
    ALARM = 1
    PAUSE = 2
    STOP = 3


HOLDS = {Level.PAUSE: Hold.PAUSED, Level.STOP: Hold.STOPPED}

# Of the mails since then, or since somebody released the domain.
COMPLAINTS = """
    SELECT of.domain, of.since, count(DISTINCT d.id)
    FROM channels_deliveryevent e
    JOIN channels_delivery d ON d.id = e.delivery_id AND d.channel = 'email'
    JOIN channels_messageversion v ON v.id = d.version_id
    CROSS JOIN LATERAL (SELECT lower(split_part(v.sender_email, '@', 2)) AS name OFFSET 0) AS sent
    LEFT JOIN channels_sendingdomain s ON s.name = sent.name
    CROSS JOIN LATERAL (SELECT sent.name AS domain, greatest(%(since)s, s.released_at) AS since OFFSET 0) AS of
    WHERE e.kind = 'complained' AND e.at >= %(since)s AND e.at <= %(at)s AND d.called_at >= of.since
    GROUP BY of.domain, of.since HAVING count(DISTINCT d.id) >= %(least)s
"""
MAILS = """
    SELECT asked.domain, count(*)
    FROM unnest(%s::text[], %s::timestamptz[]) AS asked (domain, since)
    JOIN channels_messageversion v ON lower(split_part(v.sender_email, '@', 2)) = asked.domain
    JOIN channels_delivery d ON d.message_id = v.message_id AND d.version_id = v.id AND d.channel = 'email'
        AND d.state IN ('accepted', 'delivered', 'complained')
        AND coalesce(d.called_at, d.ended_at) >= greatest(asked.since, %s)
    GROUP BY asked.domain
"""


class Count(NamedTuple):
    since: datetime
    complaints: int


def level(complaints: int, mails: int) -> Level:
    if mails < LEAST_MAILS or complaints < LEAST_COMPLAINTS:
        return Level.GOOD
    return Level(min(complaints * 1000 // mails, Level.STOP))


def tick(at: datetime) -> None:
    """Count anew where there are new complaints, and hold what is too high. A fixed number of statements, and some for
    each domain that is. What holds a domain stays as it was then."""
    found = _complaints(at)
    known = {each.name: each for each in SendingDomain.objects.all()}
    _forget({name for name, each in known.items() if each.mails and not each.hold} - set(found), at)
    _count({name: each for name, each in found.items() if _is_news(known.get(name), each, at)}, at)
    for pk in SendingDomain.objects.exclude(hold="").values_list("pk", flat=True):
        _pause(pk, at)


@transaction.atomic
def _pause(domain_id: int, at: datetime) -> None:
    domain = SendingDomain.objects.select_for_update().exclude(hold="").filter(pk=domain_id).first()
    if domain:  # nobody has released it meanwhile
        pausing.pause_domain(domain.name, at, reason(domain))


def _complaints(at: datetime) -> dict[str, Count]:
    with connection.cursor() as cursor:
        cursor.execute(COMPLAINTS, {"since": at - WINDOW, "at": at, "least": LEAST_COMPLAINTS})
        return {name: Count(since, number) for name, since, number in cursor.fetchall()}


def _is_news(known: SendingDomain | None, count: Count, at: datetime) -> bool:
    if known is None or known.counted_at is None:
        return True
    if known.hold == Hold.STOPPED:
        return False
    return known.complaints != count.complaints or known.counted_at <= at - STALE


def _forget(names: set[str], at: datetime) -> None:
    SendingDomain.objects.filter(name__in=names).update(complaints=0, mails=0, counted_at=at)


def _count(found: Mapping[str, Count], at: datetime) -> None:
    if not found:
        return
    with connection.cursor() as cursor:
        cursor.execute(MAILS, [list(found), [each.since for each in found.values()], at - WINDOW])
        mails: dict[str, int] = dict(cursor.fetchall())
    SendingDomain.objects.bulk_create((SendingDomain(name=name) for name in found), ignore_conflicts=True)
    for name, counted in found.items():
        _note(name, counted, mails.get(name, 0), at)


@transaction.atomic
def _note(name: str, counted: Count, mails: int, at: datetime) -> None:
    """Not what was counted before somebody released the domain."""
    domain = SendingDomain.objects.select_for_update().get(name=name)
    if domain.released_at and domain.released_at > counted.since:
        return
    now = counted.complaints, mails
    if not domain.hold or level(*now) is Level.STOP:
        domain.complaints, domain.mails = now
    domain.counted_at = at
    _hold(domain, at)
    domain.save(update_fields=["complaints", "mails", "counted_at", "hold", "held_at"])


def _hold(domain: SendingDomain, at: datetime) -> None:
    """Only ever harder. The domain is locked."""
    hold = HOLDS.get(level(domain.complaints, domain.mails))
    if hold is None or domain.hold in (hold, Hold.STOPPED):
        return
    domain.hold, domain.held_at = hold, at
    audit.record(None, "sendingdomain.held", domain, at, hold=hold, **_numbers(domain))
    log.error("Marketing from %s %s: %s", domain.name, hold, _numbers(domain))


def _numbers(domain: SendingDomain) -> dict[str, int]:
    return {"complaints": domain.complaints, "mails": domain.mails}


def share(domain: SendingDomain) -> float:
    return domain.complaints / domain.mails if domain.mails else 0.0


def reason(domain: SendingDomain) -> str:
    """In words, as it stands at what it stops."""
    return _(
        "Of the last mails from %(domain)s %(share)s were reported as spam (%(complaints)s of %(mails)s)."
    ) % {
        "domain": domain.name,
        "share": formats.percent(share(domain), 2),
        "complaints": formats.number(domain.complaints),
        "mails": formats.number(domain.mails),
    }


def holding(message: Message) -> SendingDomain | None:
    """The domain whose complaints keep this message from being sent."""
    if (
        message.purpose != Message.Purpose.MARKETING
        or message.sender is None
        or "email" not in message.channels
    ):
        return None
    name = message.sender.email.rpartition("@")[2].lower()
    return SendingDomain.objects.filter(name=name).exclude(hold="").first()


@transaction.atomic
def release(domain: SendingDomain, user: User, note: str, at: datetime) -> bool:
    """Marketing may go on; what it paused is resumed one by one. False when it was released already."""
    held = SendingDomain.objects.filter(pk=domain.pk).exclude(hold="")
    if not held.update(hold="", held_at=None, released_at=at, complaints=0, mails=0, counted_at=None):
        return False
    audit.record(user, "sendingdomain.released", domain, at, hold=domain.hold, note=note, **_numbers(domain))
    return True
