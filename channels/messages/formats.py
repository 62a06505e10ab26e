"""How a channel's message is made from blocks: each channel is one file in a `channels/formats/` folder."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from channels.messages import conditions
from channels.messages.blocks import BlockForm, Complaint, Short, blocks, only
from channels.messages.page import Page, Target
from channels.models import Channel
from config.registry import Registry

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from channels.messages.rendering import Rendered


@dataclass(frozen=True)
class Draft:
    """A content to compile: plain values, from a Content row or from the editor's form."""

    language: str
    subject: str
    preheader: str
    blocks: Sequence[Mapping[str, Any]]
    channel: str = Channel.EMAIL.value
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Compiled:
    """Liquid templates, the links that they count, and the keys of the fields that they read.

    `parts`: what the channel shows besides; each text in it is a template. `uncounted`: addresses that depend on the
    reader, which lead there directly.
    """

    subject: str
    html: str
    text: str
    targets: Sequence[Target] = ()
    fields: Sequence[str] = ()
    uncounted: Sequence[str] = ()
    parts: Mapping[str, Any] = field(default_factory=dict)


class Format(ABC):
    """A channel's way to show a message. `title` names the subject where there is one, `Options` the channel's own
    fields, `kinds` the blocks that it can show (None: all); `marked`: whether marketing must hold its opt-out;
    `has_markup`: whether bold, italic and lists are seen; `has_conditions`: whether a block may be for some only."""

    key: str
    label: "StrPromise"
    icon: str
    position: int
    title: "StrPromise | str" = ""
    longest_title: int = 0
    has_preheader = False
    has_markup = False
    marked = False
    has_conditions = False
    kinds: frozenset[str] | None = None
    begins_with: tuple[str, ...] = ("text", "button")
    Options: type[BlockForm] = BlockForm

    def new_options(self) -> dict[str, Any]:
        return {name: field.initial or "" for name, field in self.Options.base_fields.items()}

    def shows(self, kind: str) -> bool:
        """Whether a block of this kind can be seen on the channel."""
        return self.kinds is None or kind in self.kinds or (kind in blocks and blocks[kind].everywhere)

    def takes(self, fields: Mapping[str, Any]) -> bool:
        """Whether this block can stand on the channel: one for some readers only must not be seen by all."""
        return self.shows(fields["kind"]) and (self.has_conditions or not fields.get(conditions.FIELD))

    def fits(self, address: str) -> bool:
        """Whether this can be an address of the channel at all."""
        return True

    @abstractmethod
    def compile(self, draft: Draft, page: Page, *, anchors: bool) -> Compiled:
        """Templates, their hidden marks shown again; targets and fields are added by the compiler."""

    def faults(self, draft: Draft, shown: "Rendered") -> Iterator[Complaint]:
        """(field, sentence) for what an author should know about the message as it would be shown."""
        return iter(())


formats: Registry[Format] = Registry("formats")


def choices() -> list[Format]:
    return sorted(formats, key=lambda each: each.position)


def shorts(draft: Draft, page: Page) -> list[Short]:
    """The blocks without mark-up and footer, their hidden marks shown again."""
    made = (
        blocks[each["kind"]].short(each, page)
        for each in draft.blocks
        if str(each.get("kind")) in blocks and not blocks[each["kind"]].pinned
    )
    return [Short(*map(page.show, each)) for each in made]


def conditional(draft: Draft, page: Page) -> str:
    """The blocks as words with their links, each there for those who see it."""
    known = [each for each in draft.blocks if str(each.get("kind")) in blocks]
    shown = [each for each in known if not blocks[each["kind"]].pinned]
    parts = shorts(draft, page)
    texts = (words([part._replace(when="")], links=True) for part in parts)
    return "".join(
        conditions.wrapped(fields, only(part, f"{text}\n\n"), str)
        for fields, part, text in zip(shown, parts, texts, strict=True)
        if text
    ).removesuffix("\n\n")


def words(parts: Sequence[Short], *, links: bool) -> str:
    """The texts of these, and with `links` where they lead to, each in a line of its own."""
    lines = [each.text.strip() for each in parts]
    if links:
        linked = (
            (each.text.strip(), f"{each.label}: {each.link}" if each.label else each.link) for each in parts
        )
        lines = ["\n".join(filter(None, both)) for both in linked]
    shown = (only(each, line) if line else "" for each, line in zip(parts, lines, strict=True))
    return "\n\n".join(filter(None, shown))


def picture(parts: Sequence[Short]) -> str:
    """The first one that there is for the reader."""
    return _first(parts, [each.picture for each in parts])


def link(parts: Sequence[Short]) -> str:
    return _first(parts, [each.link for each in parts])


def _first(parts: Sequence[Short], values: Sequence[str]) -> str:
    found = ""
    for each, value in zip(reversed(parts), reversed(values), strict=True):
        found = only(each, value, found) if value else found
    return found


def actions(parts: Sequence[Short], most: int) -> list[dict[str, str]]:
    """The buttons, with their words and where they lead to. One that is not there for the reader has neither."""
    shown = [each for each in parts if each.label and each.link][:most]
    return [{"label": only(each, each.label), "link": only(each, each.link)} for each in shown]
