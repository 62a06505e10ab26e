"""Twilio's reports as facts about deliveries, and its messages from people."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from channels.backends.base import shortened
from channels.delivery import mails
from channels.delivery.outcomes import Event
from channels.inbound import Received
from channels.models import Account, Channel, DeliveryEvent, Reply
from channels.twilio import codes

Kind = DeliveryEvent.Kind
KINDS = {
    "delivered": Kind.DELIVERED,
    "read": Kind.DELIVERED,
    "undelivered": Kind.BOUNCED,
    "failed": Kind.BOUNCED,
}
LONGEST_ID = 64
WHATSAPP = "whatsapp:"
ADDRESSES = ("To", "From", "ChannelToAddress", "ChannelFromAddress")
WORDS = {"STOP": Reply.Kind.STOP, "HELP": Reply.Kind.HELP, "START": Reply.Kind.START}


def events(fields: Mapping[str, str], reference: str, at: datetime) -> list[Event]:
    """The facts in a status callback. Steps on the way (queued, sent) are no news. Twilio gives no time of its own.

    `reference` is ours, signed: it knows a message whose answer never came.
    """
    sid, status = fields.get("MessageSid", "")[:LONGEST_ID], fields.get("MessageStatus", "").lower()
    if not sid or status not in KINDS:
        return []
    code = fields.get("ErrorCode", "")
    number = int(code) if code.isascii() and code.isdigit() and len(code) < 9 else 0
    fact = Event(
        KINDS[status],
        _key(sid, KINDS[status]),
        at,
        delivery_id=mails.delivery_of(reference),
        provider_id=sid,
        recipient=fields.get("To", "").removeprefix(WHATSAPP)[:254],
        hard=KINDS[status] != Kind.BOUNCED or number in codes.DEAD,
        detail={"answer": shortened(f"{number or status} {fields.get('ErrorMessage', '')}")},
    )
    if status == "read":
        return [fact, fact._replace(kind=Kind.OPENED, key=_key(sid, Kind.OPENED))]
    if number in codes.OPTED_OUT:
        return [fact, fact._replace(kind=Kind.OPTED_OUT, key=_key(sid, Kind.OPTED_OUT), hard=True)]
    return [fact]


def numbers(fields: Mapping[str, str]) -> set[str]:
    """The telephone numbers in a callback, whatever stands before them (whatsapp:+49…)."""
    return {value.rpartition(":")[2].strip()[:254] for name, value in fields.items() if name in ADDRESSES}


def _key(sid: str, kind: DeliveryEvent.Kind) -> str:
    return f"twilio:{hashlib.blake2b(f'{sid} {kind}'.encode(), digest_size=24).hexdigest()}"


def received(account: Account, fields: Mapping[str, str]) -> Received | None:
    """A message from a person; None for what names neither itself nor her."""
    sid, sender = fields.get("MessageSid", ""), fields.get("From", "")
    channel = Channel.WHATSAPP if sender.startswith(WHATSAPP) else Channel.SMS
    sender = sender.removeprefix(WHATSAPP).replace("\x00", "").strip()
    if not sid or len(sid) > LONGEST_ID or not sender:
        return None
    media = fields.get("NumMedia", "0")
    # Twilio's own opt-out has read the word already, and answers it.
    kind = WORDS.get(fields.get("OptOutType", "").upper())
    return Received(
        account,
        channel.value,
        sid.replace("\x00", ""),
        sender[:40],
        fields.get("Body", ""),
        int(media) if media.isascii() and media.isdigit() and len(media) < 4 else 0,
        kind,
        kind is not None,
    )
