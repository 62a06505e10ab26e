"""Variants: the same content said in two to four ways, of which each person gets one.

A stands wherever another one does. Who is to get B reads A where B is not written, in her language or on her channel;
she counts for B all the same, so that the groups stay alike.
"""

from channels.models import Message, MessageVersion

FIRST = "A"
LETTERS = (FIRST, "B", "C", "D")


def query(channel: str, language: str, variant: str = FIRST, block: str = "") -> dict[str, str]:
    """What the editor opens by: a content, and a block of it."""
    named = {"channel": channel, "language": language}
    named |= {"variant": variant} if variant != FIRST else {}
    return named | ({"block": block} if block else {})


def of(what: Message | MessageVersion) -> list[str]:
    """The letters of a version, or those that a draft would get; only A, or none, where nothing is tried."""
    written = what.contents.all()
    if isinstance(what, Message):
        written = written.filter(channel__in=what.channels)
    return sorted(set(written.values_list("variant", flat=True)))
