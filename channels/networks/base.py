"""What a social network is to us: its limits, and three calls: publish, find again, who are you."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from django import forms
from django.utils.translation import gettext_lazy as _

from channels.models import SocialAccount
from config.environment import Environment
from config.registry import Registry

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class Text(NamedTuple):
    """A post as a person wrote it. `link` is the tracked one, `picture` an absolute address."""

    text: str = ""
    title: str = ""
    link: str = ""
    picture: str = ""
    alt: str = ""


class Call(NamedTuple):
    """One post. `prepared` is what an earlier try has made ready at the network, such as Instagram's container."""

    post_id: int
    content: Text
    prepared: str = ""


class Kind(StrEnum):
    POSTED = "posted"
    LINE = "line"  # surely not posted: again later
    CONTENT = "content"  # the network does not take this post: a person must change it
    ACCOUNT = "account"  # the account does not go any more: it is paused
    UNKNOWN = "unknown"  # may have been posted: look it up


class Outcome(NamedTuple):
    """`reason`: a key of `channels.social.words`; `field`: text, picture, link or title; `retry_after`: seconds."""

    kind: Kind
    reason: str = ""
    detail: str = ""
    field: str = ""
    retry_after: float | None = None
    provider_id: str = ""
    permalink: str = ""


class Presence(StrEnum):
    HERE = "here"
    ABSENT = "absent"  # everything posted since was read, and it is not among it
    CANNOT = "cannot"  # cannot be told


class Found(NamedTuple):
    presence: Presence
    provider_id: str = ""
    permalink: str = ""
    outcome: Outcome | None = None  # why it cannot be told, where the network said so


class Lost(Exception):
    """The post is not this worker's any more, so nothing may be written on its behalf."""


class Hand(Protocol):
    """How a connection talks to the row while it calls."""

    def keep(self, prepared: str) -> None:
        """Commits what the network has made ready. Raises Lost."""

    def go(self) -> None:
        """To be called right before the one call that makes the post public. Raises Lost."""


class Connection(Protocol):
    """Used from one thread. `publish` and `find` never raise for what the network does; `publish` lets Lost through.

    Whatever may have been posted without an answer is UNKNOWN; LINE is only what surely was not.
    """

    def publish(self, call: Call, hand: Hand) -> Outcome: ...

    def find(self, call: Call, since: datetime) -> Found:
        """Whether the post is there, among everything that was posted since."""
        ...

    def who(self) -> str | Outcome:
        """The name of the page, profile or board."""
        ...

    def close(self) -> None: ...


Fault = tuple[str, "StrPromise | str"]


class Network:
    """A network, registered in a folder `networks`. `Form`: the settings that people fill in."""

    key: str
    label: "StrPromise | str"
    icon = "share"
    position = 50
    help: "StrPromise | str" = ""
    needs_picture = False
    pictures: frozenset[str] = frozenset({".png"})  # kinds besides JPEG
    shows_link = True  # a link in a post can be followed
    has_title = False
    longest = 0
    longest_title = 0
    Form: type[forms.Form] = forms.Form
    secrets: tuple[str, ...] = ("TOKEN",)
    is_token_short = True  # its access runs out one day

    def length(self, content: Text) -> int:
        """As the network counts what it gets."""
        return len(self.written(content))

    def written(self, content: Text) -> str:
        """The text as it is sent, with the link where it stands in the text."""
        return content.text

    def faults(self, content: Text) -> Iterator[Fault]:
        """(field, sentence) for everything that this network would not take."""
        if self.needs_picture and not content.picture:
            yield "picture", _("%(network)s needs a picture.") % {"network": self.label}
        if not content.text.strip() and not content.picture:
            yield "text", _("Write a text, or choose a picture.")
        over = self.length(content) - self.longest
        if over > 0:
            sentence = _("Too long for %(network)s by %(over)d signs (at most %(longest)d).")
            yield "text", sentence % {"network": self.label, "over": over, "longest": self.longest}
        if self.has_title and len(content.title) > self.longest_title:
            sentence = _("The title may have %(longest)d signs at most.")
            yield "title", sentence % {"longest": self.longest_title}

    def hints(self, content: Text) -> Iterator["StrPromise | str"]:
        """What is not wrong, but better known."""
        if content.picture and not content.alt:
            yield _("Say in words what the picture shows, for people who cannot see it.")

    def complaints(self, given: Mapping[str, Any]) -> Iterator[Fault]:
        return iter(())

    def connect(self, account: SocialAccount) -> Connection:
        """Prepares a connection without using the network. Raises ValueError for incomplete settings or secrets."""
        raise NotImplementedError


networks: Registry[Network] = Registry("networks")


def in_order() -> list[Network]:
    return sorted(networks, key=lambda each: each.position)


def secret(account: SocialAccount, name: str = "TOKEN") -> str:
    """The account's secret, from SOCIAL_<id>_<name> or SOCIAL_<NAME>_<name> of the environment, or a file of it."""
    env = Environment()
    word = re.sub(r"[^A-Z0-9]+", "_", account.name.upper()).strip("_")
    by_id: str = env.str(f"SOCIAL_{account.pk}_{name}", default="")
    by_name: str = env.str(f"SOCIAL_{word}_{name}", default="") if word else ""
    return by_id or by_name


def needed_secret(account: SocialAccount, name: str = "TOKEN") -> str:
    found = secret(account, name)
    if not found:
        raise ValueError(f"SOCIAL_{account.pk}_{name}")
    return found
