"""The plain values that the components of `templates/components/` draw."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.functional import _StrPromise as StrPromise

    Text = str | StrPromise
else:
    Text = str

Tone = Literal["good", "wait", "bad", "info", "calm"]


@dataclass(frozen=True)
class Action:
    """A button or a line of a menu: a link, or a form that posts when `post` is set.

    `dialog` opens the address (a confirm page) on top of the page where JavaScript runs.
    """

    label: "Text"
    url: str
    icon: str = ""
    post: bool = False
    dialog: bool = False
    danger: bool = False


@dataclass(frozen=True)
class Figure:
    """A figure under the head. `change` is already written ("+4.2 %"); `spark` are equidistant values."""

    label: "Text"
    value: str
    change: str = ""
    tone: Tone = "calm"
    note: "Text" = ""
    spark: "Sequence[float]" = ()
    url: str = ""


@dataclass(frozen=True)
class Empty:
    """What a page says when there is nothing: one sentence what this is for, and the first step."""

    title: "Text"
    text: "Text"
    icon: str = "inbox"
    action: Action | None = None


@dataclass(frozen=True)
class Step:
    """A step of a builder; `faulty` needs `fault`, the words that say the mend."""

    label: "Text"
    url: str
    state: Literal["done", "here", "todo", "faulty"] = "todo"
    fault: "Text" = ""


@dataclass(frozen=True)
class Bar:
    """A bar: `value` sets its length, `text` is what is written beside it."""

    label: "Text"
    value: float
    text: str
    url: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a job is. `url` answers with `progress.respond` of a fresher one until `finished`.

    `total` None: not known yet. `then` is opened when the job is done.
    """

    label: "Text"
    done: int
    url: str
    total: int | None = None
    finished: bool = False
    detail: "Text" = ""
    tone: Tone = "info"
    then: str = ""
    counts: "Sequence[tuple[Text, int]]" = field(default_factory=tuple)
