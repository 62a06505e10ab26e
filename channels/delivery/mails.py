"""From a rendered message to the call that a provider gets."""

import hashlib
import re
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.utils.crypto import constant_time_compare

from channels.arbiter.rows import Row
from channels.backends import mime
from channels.backends.base import Call
from channels.messages.rendering import Rendered
from channels.models import Channel, Message, MessageVersion


class From(NamedTuple):
    name: str
    email: str
    reply_to: str
    domain: str


@lru_cache(maxsize=64)
def sender_of(version_id: int) -> From:
    """Versions never change, so each process reads one once."""
    version = MessageVersion.objects.get(pk=version_id)
    domain = version.sender_email.rpartition("@")[2]
    return From(version.sender_name, version.sender_email, version.reply_to, domain)


def call_of(row: Row, mail: Rendered, tracked: bool = False, bounce_address: str = "") -> Call:
    """`bounce_address`: where the account has bounces and complaints come to, if anywhere."""
    sender = sender_of(row.version_id or 0)
    named = reference(row.id)
    mailed = row.channel == Channel.EMAIL
    return Call(
        id=row.id,
        recipient=row.address,
        sender_name=sender.name,
        sender_email=sender.email,
        reply_to=sender.reply_to,
        message_id=f"<{named}@{sender.domain}>",
        subject=mail.subject,
        html=mail.html,
        text=mail.text,
        headers=headers(row, mail) | feedback(row, named, bounce_address) if mailed else {},
        channel=row.channel,
        parts=mail.parts,
        topic=topic(row),
        expires_at=row.expires_at,
        ends_at=mail.ends_at,
        urgent=row.purpose == Message.Purpose.SERVICE,
        tracked=tracked,
        return_path=return_path(bounce_address, named) if mailed and bounce_address else "",
    )


def topic(row: Row) -> str:
    """A message that comes round again takes the place of itself. Each case of a service message is its own."""
    case = f"-{row.occurrence}" if row.purpose == Message.Purpose.SERVICE else ""
    return f"message-{row.message_id}{case}"


def reference(delivery_id: int) -> str:
    """Names the delivery in bounces and complaints; nobody else can make one."""
    return _signed(delivery_id, settings.SECRET_KEY)


def _signed(delivery_id: int, secret: str) -> str:
    key = secret.encode()[:64]
    mark = hashlib.blake2b(str(delivery_id).encode(), digest_size=9, key=key, person=b"delivery").hexdigest()
    return f"{delivery_id}.{mark}"


def return_path(bounce_address: str, named: str) -> str:
    """Where a bounce of this one mail goes to, which tells whose it is whatever else it says (VERP)."""
    local, _at, domain = mime.wire_address(bounce_address).rpartition("@")
    return f"{local}+{named}@{domain}"


REFERENCE = re.compile(r"([0-9]{1,18})\.[0-9a-f]{18}", re.ASCII)


def delivery_of(text: str) -> int | None:
    """The delivery that a `reference` or a Message-ID of ours names, also one made with a former key; None for anything
    else."""
    found = REFERENCE.fullmatch(text.strip("<>").partition("@")[0])
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not found or not any(constant_time_compare(found[0], _signed(int(found[1]), key)) for key in keys):
        return None
    return int(found[1])


def headers(row: Row, mail: Rendered) -> dict[str, str]:
    """Where reports come from, for complaints; one-click opt-out for marketing (RFC 2369, RFC 8058)."""
    extra = {"Feedback-ID": f"{row.occurrence}:{row.message_id}:{row.purpose}:stammkunde"}
    if row.purpose == Message.Purpose.MARKETING:
        extra["List-Unsubscribe"] = f"<{mail.opt_out_url}>"
        extra["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return extra


def feedback(row: Row, named: str, bounce_address: str) -> dict[str, str]:
    """Where mailboxes report marketing that was marked as spam (RFC 9477), and whose mail it was."""
    if not bounce_address or row.purpose != Message.Purpose.MARKETING:
        return {}
    address = f"{mime.wire_address(bounce_address)}; report=arf"
    return {"CFBL-Address": address, "CFBL-Feedback-ID": named}
