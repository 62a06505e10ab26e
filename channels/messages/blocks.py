"""The parts of a mail: each kind is one file in a `channels/blocks/` folder."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from django import forms

from channels.messages.page import Page
from config.registry import Registry

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

Fields = Mapping[str, Any]
Complaint = tuple[str, str]


class Short(NamedTuple):
    """A block where there is room for words, one picture and links: SMS, push, on the page of a shop.

    `when`: the condition of the template language under which all of it is there; "" for always."""

    text: str = ""
    picture: str = ""
    label: str = ""
    link: str = ""
    when: str = ""


class BlockForm(forms.Form):
    """What the editor shows for a block. Stored are the cleaned values, as JSON."""

    required_css_class = "required"


class Block(ABC):
    """A kind of block. It works on the stored fields of one block and the page that it stands on.

    `everywhere`: all channels can show it, by its `short`; else those only whose format names it. `wordless`: it says
    nothing that can be read. `help` says to the author what the label cannot."""

    key: str
    label: "StrPromise"
    help: "StrPromise | str" = ""
    icon: str  # a name of Tabler's icon set
    position: int = 50
    pinned: ClassVar[bool] = False
    everywhere: ClassVar[bool] = False
    wordless: ClassVar[bool] = False
    Form: type[BlockForm] = BlockForm
    # Fields whose text may hold merge fields, those of them with our markup, and addresses of links.
    texts: tuple[str, ...] = ()
    rich: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    def new(self, language: str) -> dict[str, Any]:
        """The fields of a block that somebody has just added."""
        return {name: field.initial or "" for name, field in self.Form.base_fields.items()}

    @abstractmethod
    def mjml(self, fields: Fields, page: Page) -> str:
        """One or more `mj-section`s."""

    @abstractmethod
    def text(self, fields: Fields, page: Page) -> str:
        """The same for readers of plain text; "" when there is nothing to read."""

    def short(self, fields: Fields, page: Page) -> Short:
        """The same for the channels that have no mark-up."""
        return Short(self.text(fields, page))

    def faults(self, fields: Fields, page: Page) -> Iterator[Complaint]:
        """(field, sentence) for what stops this block from being sent; templates are checked elsewhere."""
        return iter(())

    def summary(self, fields: Fields) -> str:
        """A few words of the block, for the editor's list."""
        return next((str(fields[name]) for name in self.texts if fields.get(name)), "")


blocks: Registry[Block] = Registry("blocks")


def choices() -> list[Block]:
    """The kinds that people may add, in the order of their `position`."""
    return [each for each in sorted(blocks, key=lambda block: (block.position, block.key)) if not each.pinned]


def only(block: Short, template: str, otherwise: str = "") -> str:
    """The template for those for whom the block is there, and another for the others."""
    if not block.when:
        return template
    rest = f"{{% else %}}{otherwise}" if otherwise else ""
    return f"{{% if {block.when} %}}{template}{rest}{{% endif %}}"


STRIP = '<mj-section css-class="card" background-color="#ffffff" padding="0"><mj-column>'
STRIP_END = "</mj-column></mj-section>"
# Where two strips meet they become one, which saves a kilobyte of tables for each block.
JOINT = STRIP_END + STRIP


def section(inner: str) -> str:
    """A full-width strip of the mail's card."""
    return f"{STRIP}{inner}{STRIP_END}"


def attribute(text: str) -> str:
    return escape(text, quote=True)
