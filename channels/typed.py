"""An address that somebody types or uploads, in the form in which we write to it."""

import re
from typing import NamedTuple

from channels import suppression
from channels.formats.email import ADDRESS
from channels.models import Channel
from customers import phones

# One number is written to on both: who wants no more there is not asked by which.
ON_NUMBERS = (Channel.SMS.value, Channel.WHATSAPP.value)
MARKED = ("+", "0", "(+", "(0")
DIALLED = re.compile(r"\(?\+?[\d\s()/.-]+")


class Typed(NamedTuple):
    """An address, and the channels on which it is one."""

    channels: tuple[str, ...]
    address: str

    def keys(self) -> dict[str, str]:
        """Its hash on each channel."""
        return suppression.keys_of(dict.fromkeys(self.channels, self.address))


def mail(text: str) -> Typed | None:
    text = text.strip()
    return Typed((Channel.EMAIL.value,), text) if len(text) <= 254 and ADDRESS.fullmatch(text) else None


def number(text: str, region: str) -> Typed | None:
    """As E.164. What has letters is none: a slip of the finger must not block somebody else's. Nor is one that lost
    its + and could as well be one of the place."""
    text = text.strip()
    if not DIALLED.fullmatch(text):
        return None
    meant = {phones.e164(text, region)}
    if not text.startswith(MARKED):
        meant.add(phones.e164(f"+{text}", region))
    meant.discard("")
    return Typed(ON_NUMBERS, meant.pop()) if len(meant) == 1 else None


def either(text: str, region: str) -> Typed | None:
    return mail(text) if "@" in text else number(text, region)
