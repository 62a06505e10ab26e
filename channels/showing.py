"""A message of any channel but mail as the one who gets it sees it: plain values for the templates in `shown/`.

What stands in them is text that marketers and customers wrote. Templates escape it, and only addresses of the web
become links and pictures.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import get_language

from channels.formats.in_app import LIVE_GAP
from channels.messages import septets
from channels.messages.rendering import Rendered
from channels.models import Channel, Content, SandboxMail
from customers.models import Shop
from customers.personalisation import merge_fields

ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


class Piece(NamedTuple):
    """A part of a text; with `link` it is an address."""

    text: str
    link: bool = False


class Action(NamedTuple):
    label: str
    link: str


class Shown(NamedTuple):
    """`parts`: those of an SMS; `place`: where on a page of the shop it appears;
    `gap`: the words beside its bar; `at`: when it came, if it did."""

    channel: str
    sender: str
    title: str
    text: list[Piece]
    parts: int
    picture: str
    link: str
    actions: list[Action]
    place: str
    gap: str = ""
    at: datetime | None = None


def of_rendered(content: Content, result: Rendered) -> Shown:
    sender = content.message.sender
    name = sender.name if sender else Shop.current().name
    return _shown(content.channel, name, result.subject, result.text, result.parts)


def of_sandbox(mail: SandboxMail) -> Shown:
    """`mail.delivery.version` should be loaded with it."""
    name = mail.delivery.version.sender_name if mail.delivery else Shop.current().name
    return _shown(mail.channel, name, mail.subject, mail.text, mail.parts)._replace(at=mail.at)


def pieces(text: str) -> list[Piece]:
    """The text with the addresses in it apart. A full stop behind an address is not of it."""
    found, end = [], 0
    for match in ADDRESS.finditer(text):
        address = match[0].rstrip(".,;:!?)")
        found += [Piece(text[end : match.start()]), Piece(address, link=True)]
        end = match.start() + len(address)
    return [each for each in [*found, Piece(text[end:])] if each.text]


def _shown(channel: str, sender: str, title: str, text: str, parts: Mapping[str, Any]) -> Shown:
    title, text = _example(title), _example(text.strip())
    gap = parts.get("gap") or {}
    actions = [
        Action(str(each.get("label", "")), _web(each.get("link"))) for each in parts.get("actions") or ()
    ]
    place = str(parts.get("place") or "banner") if channel == Channel.IN_APP else ""
    return Shown(
        channel=channel,
        sender=sender,
        title=title,
        text=pieces(text),
        parts=septets.size(text).parts if channel == Channel.SMS else 0,
        picture=_web(parts.get("picture")),
        link=_web(parts.get("link")),
        actions=[each for each in actions if each.label and each.link],
        place=place,
        gap=_example(str(gap.get("words") or "")),
    )


def _example(text: str) -> str:
    """What the shop's page fills in with the cart, with an example."""
    return text.replace(LIVE_GAP, str(merge_fields["free_shipping"].fields[0].sample(get_language() or "en")))


def _web(address: Any) -> str:
    return address if isinstance(address, str) and ADDRESS.fullmatch(address) else ""
