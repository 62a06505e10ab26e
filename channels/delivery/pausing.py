"""Stop and go: by people, and by ourselves when going on would do harm (with the reason: that is the alarm)."""

import logging
from datetime import datetime

from django.db import connection

from channels.models import Account, Message

log = logging.getLogger(__name__)


def pause(message_id: int, at: datetime, reason: str = "") -> bool:
    """At most the slices that are being called still go. False when it was paused already."""
    return _pause_message(message_id, at, reason) == 1


def _pause_message(message_id: int, at: datetime, reason: str) -> int:
    waiting = Message.objects.filter(pk=message_id, paused_at__isnull=True)
    changed = waiting.update(paused_at=at, pause_reason=reason[:300])
    if changed and reason:
        log.error("Message %s paused: %s", message_id, reason)
    return changed


# What waits, and what was launched and has not begun.
OF_DOMAIN = """
    UPDATE channels_message m SET paused_at = %s, pause_reason = %s
    FROM channels_sender s
    WHERE s.id = m.sender_id AND lower(split_part(s.email, '@', 2)) = %s
      AND m.purpose = 'marketing' AND 'email' = ANY(m.channels) AND m.paused_at IS NULL AND m.cancelled_at IS NULL
      AND (EXISTS (SELECT FROM channels_delivery d WHERE d.message_id = m.id AND d.state = 'planned')
           OR m.locked_at IS NOT NULL AND NOT EXISTS (SELECT FROM channels_delivery d WHERE d.message_id = m.id))
    RETURNING m.id
"""


def pause_domain(name: str, at: datetime, reason: str) -> list[int]:
    """All marketing from that domain which goes or is going to; the messages that were not paused yet."""
    with connection.cursor() as cursor:
        cursor.execute(OF_DOMAIN, [at, reason[:300], name])
        paused = sorted(message_id for (message_id,) in cursor.fetchall())
    if paused:
        log.error("Messages %s paused: %s", paused, reason)
    return paused


def resume(message_id: int) -> None:
    Message.objects.filter(pk=message_id).update(paused_at=None, pause_reason="")


def cancel(message_id: int, at: datetime) -> None:
    """For good: whatever is not being called at this moment will not be sent."""
    Message.objects.filter(pk=message_id, cancelled_at__isnull=True).update(cancelled_at=at)
    while cancel_chunk(message_id):
        pass


# Rows that a worker is just calling are not planned and keep their course.
CANCEL = """
    UPDATE channels_delivery SET state = 'cancelled', reason = 'cancelled', ended_at = now()
    WHERE id IN (SELECT id FROM channels_delivery
                 WHERE message_id = %s AND state = 'planned' ORDER BY id LIMIT %s FOR UPDATE)
"""


def cancel_chunk(message_id: int, size: int = 10_000) -> int:
    with connection.cursor() as cursor:
        cursor.execute(CANCEL, [message_id, size])
        count: int = cursor.rowcount
    return count


def pause_account(account_id: int, at: datetime, reason: str) -> bool:
    """No message of this account goes until somebody resumes it. One alarm, however many workers find out."""
    running = Account.objects.filter(pk=account_id, paused_at__isnull=True)
    changed = running.update(paused_at=at, pause_reason=reason[:300])
    if changed:
        log.error("Provider account %s paused: %s", account_id, reason)
    return changed == 1


def resume_account(account_id: int) -> None:
    Account.objects.filter(pk=account_id).update(paused_at=None, pause_reason="")
