"""What providers report by webhook, as django-anymail normalises it, turned into facts about deliveries."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.utils import timezone

from channels.backends.base import METADATA, shortened
from channels.delivery import mails
from channels.delivery.outcomes import Event
from channels.models import DeliveryEvent, Suppression

Kind = DeliveryEvent.Kind
# Opens are not wanted, clicks are counted at our own door, and what is only delayed is no news.
KINDS = {
    EventType.DELIVERED: Kind.DELIVERED,
    EventType.BOUNCED: Kind.BOUNCED,
    EventType.REJECTED: Kind.BOUNCED,
    EventType.FAILED: Kind.BOUNCED,
    EventType.COMPLAINED: Kind.COMPLAINED,
    EventType.UNSUBSCRIBED: Kind.OPTED_OUT,
}
DEAD = {RejectReason.INVALID, RejectReason.BOUNCED}
# Providers refuse those who opted out or complained to them before; what some call spam is a mail's content instead.
EARLIER = {
    "unsubscribed address": Suppression.Reason.OBJECTION,  # SendGrid
    "spam reporting address": Suppression.Reason.COMPLAINT,
    "suppress-unsubscribe": Suppression.Reason.OBJECTION,  # Mailgun, and its former number
    "suppress-complaint": Suppression.Reason.COMPLAINT,
    "607": Suppression.Reason.COMPLAINT,
    "spam reporter": Suppression.Reason.COMPLAINT,  # Mailjet
}
EARLIER_IN = ("reason", "type", "error", "code")
# Where providers say in their own words that a bounce will pass.
FIELDS = ("Type", "event", "RecordType", "bounceType", "severity", "type")
PASSING = ("soft", "transient", "temporary", "undetermined")
# Whatever clock a provider has: a report is about the past, and not about long ago.
OLDEST = timedelta(days=90)


def events(reports: Iterable[Any], provider: str, at: datetime) -> list[Event]:
    """The facts in these reports that are any of ours. Odd fields are taken as missing; nothing raises."""
    return [
        _event(report, KINDS[report.event_type], provider, at)
        for report in reports
        if isinstance(report, AnymailTrackingEvent) and _text(report.event_type) in KINDS
    ]


def recipients(reports: Iterable[Any]) -> set[str]:
    """Whom they speak of, whatever they say."""
    return {_text(getattr(report, "recipient", ""))[:254] for report in reports}


def _event(report: AnymailTrackingEvent, kind: Kind, provider: str, at: datetime) -> Event:
    because = _earlier(report) if kind == Kind.BOUNCED else None
    return Event(
        kind,
        _key(report, provider),
        _when(report, at),
        delivery_id=mails.delivery_of(_text(_metadata(report).get(METADATA))),
        provider_id=_text(report.message_id)[:120],
        recipient=_text(report.recipient)[:254],
        hard=kind != Kind.BOUNCED or because is not None or _is_hard(report),
        because=because,
        detail={"answer": shortened(report.mta_response or report.description or "")},
    )


def _key(report: AnymailTrackingEvent, provider: str) -> str:
    """One fact, one key; made of what it says where the provider does not number its reports."""
    parts = [provider, _text(report.event_type), _text(report.event_id)]
    if not report.event_id:
        parts += [_text(each) for each in (report.message_id, report.recipient, report.timestamp)]
    return f"{provider[:30]}:{hashlib.blake2b(repr(parts).encode(), digest_size=24).hexdigest()}"


def _when(report: AnymailTrackingEvent, at: datetime) -> datetime:
    return told_at(report.timestamp, at)


def told_at(said: Any, at: datetime) -> datetime:
    """The time that a report gives, if that can be."""
    if not isinstance(said, datetime) or timezone.is_naive(said) or not 1990 < said.year < 9000:
        return at
    return said if at - OLDEST < said <= at else at


def _earlier(report: AnymailTrackingEvent) -> Suppression.Reason | None:
    """What she has told the provider before, for which it refuses now."""
    if _text(report.reject_reason) == RejectReason.UNSUBSCRIBED:
        return Suppression.Reason.OBJECTION
    said = (EARLIER.get(word) for word in _words(report, EARLIER_IN))
    return next(filter(None, said), None)


def _words(report: AnymailTrackingEvent, names: Iterable[str]) -> list[str]:
    """What stands in these fields of the provider's own report. Mailgun wraps it."""
    raw = report.esp_event
    if not hasattr(raw, "get"):
        return []
    inner = raw.get("event-data")
    fields = inner if isinstance(inner, dict) else raw
    return [_text(fields.get(name)).lower() for name in names]


def _is_hard(report: AnymailTrackingEvent) -> bool:
    """Whether every later mail to the address will bounce as well. In doubt not."""
    if any(word in each for each in _words(report, FIELDS) for word in PASSING):
        return False
    answer = _text(report.mta_response)
    if answer.startswith("4") or " 4." in answer or "5.2.2" in answer:
        return False
    return _text(report.reject_reason) in DEAD


def _metadata(report: AnymailTrackingEvent) -> dict[str, Any]:
    return report.metadata if isinstance(report.metadata, dict) else {}


def _text(value: Any) -> str:
    """As text that the database takes."""
    plain = "" if value is None else str(value)
    return plain.replace("\x00", "").encode(errors="replace").decode()
