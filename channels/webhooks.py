"""What providers report is kept word for word before it is heard; so what failed, or came too early, is heard again.

Their signatures are checked at the door (views/webhooks.py), once: a report that is kept is known to be theirs.
"""

import hashlib
import io
import json
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, transaction
from django.db.models import F
from django.http import HttpRequest, QueryDict
from django.urls import resolve

from channels import reports, suppression
from channels.delivery import outcomes
from channels.models import Channel, ProviderReport
from channels.returned import facts as returned
from channels.twilio import reports as twilio

log = logging.getLogger(__name__)

MOST_TRIES = 6  # after 1, 2, 4, 8, 16 minutes; who is still unknown then is none of ours
SWEEP = 200
REFERENCE = "reference"
TWILIO, MAILGUN, MAIL = "twilio", "mailgun", "mail"
# Mailgun repeats a report for eight hours.
OLDEST = timedelta(days=1)
PHONES = (Channel.SMS, Channel.WHATSAPP)


def reader(provider: str) -> Any:
    """django-anymail's view of this provider. Raises Resolver404 for others. Mails that come in are not read here."""
    door = resolve(f"/{provider}/tracking/", "anymail.urls").func
    return door.view_class()  # type: ignore[attr-defined]


def is_old(provider: str, request: HttpRequest, at: datetime) -> bool:
    """Whether its signature was made long ago. Mailgun signs a time and nothing of the report, so whoever has seen one
    signature could write reports with it for ever; the others sign the report itself, or are known by a secret."""
    if provider != MAILGUN:
        return False
    if request.content_type == "application/json":
        signed_at = json.loads(request.body)["signature"]["timestamp"]
    else:
        signed_at = request.POST["timestamp"]
    return abs(at.timestamp() - float(signed_at)) > OLDEST.total_seconds()


def keep_mails(mails: Iterable[bytes]) -> list[ProviderReport]:
    """As `keep`, for reports that came as mail; in the order of their keys, which is that of all writers."""
    rows = {}
    for body in mails:
        key = hashlib.sha256(MAIL.encode() + b"\x00" + body).hexdigest()
        rows[key] = ProviderReport(provider=MAIL, key=key, content_type="message/rfc822", body=body)
    ProviderReport.objects.bulk_create([rows[key] for key in sorted(rows)], ignore_conflicts=True)
    return list(ProviderReport.objects.filter(key__in=rows).order_by("id"))


def keep(provider: str, request: HttpRequest, reference: str = "") -> ProviderReport:
    """The report that this call makes, or the one that the same call made before. `reference`: what its address says
    besides, our own name for the message."""
    content_type, body = request.META.get("CONTENT_TYPE", "")[:200], request.body
    parts = [provider.encode(), content_type.encode(), body, *([reference.encode()] if reference else [])]
    key = hashlib.sha256(b"\x00".join(parts)).hexdigest()
    headers = {name: value[:300] for name, value in request.META.items() if name.startswith("HTTP_X_")}
    if reference:
        headers[REFERENCE] = reference.replace("\x00", "")[:300]
    row = ProviderReport(provider=provider, key=key, content_type=content_type, headers=headers, body=body)
    ProviderReport.objects.bulk_create([row], ignore_conflicts=True)
    return ProviderReport.objects.get(key=key)


def hear(report: ProviderReport, at: datetime) -> bool:
    """Record what a report says, unless that has happened; False for one that nobody can read.

    Facts about mails that nobody knows yet leave it waiting: the mail may just be being sent.
    """
    try:
        with transaction.atomic():
            row = ProviderReport.objects.select_for_update().get(pk=report.pk)
            if row.heard_at is None:
                _record(row, at)
            return True
    except DatabaseError:
        raise
    except Exception as error:  # whatever somebody with the secret may send
        log.warning("A report by %s cannot be read: %s", report.provider, type(error).__name__)
        fault = type(error).__name__[:80]
        ProviderReport.objects.filter(pk=report.pk).update(fault=fault, tries=F("tries") + 1)
        return False


def _record(row: ProviderReport, at: datetime) -> None:
    facts, keys = _read(row, at)
    outcomes.record(facts, at)
    row.tries, row.fault = row.tries + 1, ""
    row.address_keys = sorted(keys - {""})
    if outcomes.all_known(facts) or row.tries >= MOST_TRIES:
        row.heard_at = at
    row.save(update_fields=["tries", "fault", "address_keys", "heard_at"])


def _read(row: ProviderReport, at: datetime) -> tuple[list[outcomes.Event], set[str]]:
    """The facts in it, and the hash of every address that it speaks of: also of steps that are no news to us."""
    if row.provider == TWILIO:
        fields = QueryDict(bytes(row.body)).dict()
        return twilio.events(fields, row.headers.get(REFERENCE, ""), at), _keys(
            PHONES, twilio.numbers(fields)
        )
    if row.provider == MAIL:
        return returned.heard(bytes(row.body), at)
    view, request = reader(row.provider), _request(row)
    view.setup(request)
    told = view.parse_events(request)
    return reports.events(told, row.provider, at), _keys((Channel.EMAIL,), reports.recipients(told))


def _keys(channels: Iterable[Channel], named: Iterable[str]) -> set[str]:
    return {suppression.address_key(channel, address) for address in named for channel in channels}


def _request(row: ProviderReport) -> HttpRequest:
    """The call as it was, for a reader that knows nothing else."""
    body = bytes(row.body)
    return WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": row.content_type,
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.input": io.BytesIO(body),
            **row.headers,
        }
    )


def sweep(at: datetime) -> int:
    """Hear again what waits and is due: each wait is twice as long as the last. How many were tried."""
    waiting = ProviderReport.objects.filter(heard_at=None, tries__lt=MOST_TRIES).order_by("id")[:SWEEP]
    due = [row for row in waiting if row.received_at + timedelta(minutes=2**row.tries - 1) <= at]
    for row in due:
        hear(row, at)
    return len(due)


def replay(since: datetime, at: datetime) -> int:
    """Hear everything again that came since then; each fact still counts once. How many reports."""
    rows = ProviderReport.objects.filter(received_at__gte=since)
    count = rows.update(heard_at=None, tries=0)
    for row in rows.order_by("id").iterator(chunk_size=SWEEP):
        hear(row, at)
    return count
