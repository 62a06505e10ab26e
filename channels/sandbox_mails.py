"""Reading the mails that the sandbox provider kept, as a mail program would."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr

from channels.models import SandboxMail

SNIPPET = 140


@dataclass(frozen=True)
class Part:
    """What a mail program shows: who it says it is from, its two bodies and all its headers."""

    sender: str
    sender_email: str
    html: str
    text: str
    headers: list[tuple[str, str]]


def read(mail: SandboxMail) -> Part:
    """The whole mail. A broken one is read as far as it goes."""
    message = message_from_bytes(bytes(mail.raw), policy=policy.default)
    name, email = parseaddr(str(message.get("From", "")))
    return Part(
        sender=name or email,
        sender_email=email,
        html=_body(message, "html"),
        text=_body(message, "plain"),
        headers=[(key, str(value)) for key, value in message.items()],
    )


def _body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body(preferencelist=(subtype,))
    if part is None:
        return ""
    content = part.get_content()
    return content if isinstance(content, str) else ""


def snippet(mail: SandboxMail) -> str:
    """The first words of the text, as a list of mails shows them. Quick: the headers are not parsed."""
    message = message_from_bytes(bytes(mail.raw))
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            body = part.get_payload(decode=True)
            text = body.decode("utf-8", "replace") if isinstance(body, bytes) else ""
            plain = re.sub(r"(={3,}|-{3,}|\s)+", " ", text)  # without the lines under headings
            return plain.strip()[:SNIPPET]
    return ""


def sender_name(mail: SandboxMail) -> str:
    """Who the mail says it is from, for a list."""
    head = bytes(mail.raw).partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    name, email = parseaddr(str(message_from_bytes(head, policy=policy.default).get("From", "")))
    return name or email
