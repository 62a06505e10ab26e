"""Which channels and languages of a message are written, and where the editor stands among them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from channels.messages import checks, versions
from channels.messages.checks import Fault
from channels.messages.formats import Format, formats
from channels.models import Brand, Content, Message
from customers.models import Shop

LANGUAGES = {
    "de": gettext_lazy("German"),
    "en": gettext_lazy("English"),
    "fr": gettext_lazy("French"),
    "nl": gettext_lazy("Dutch"),
    "it": gettext_lazy("Italian"),
    "es": gettext_lazy("Spanish"),
    "pl": gettext_lazy("Polish"),
    "da": gettext_lazy("Danish"),
    "sv": gettext_lazy("Swedish"),
    "cs": gettext_lazy("Czech"),
    "pt": gettext_lazy("Portuguese"),
    "tr": gettext_lazy("Turkish"),
}


class Spot(NamedTuple):
    """A channel and a language, written or not."""

    channel: str
    language: str = ""


@dataclass(frozen=True)
class Cell:
    """A spot as the tabs show it: `faults` stop the launch, hints do not count."""

    spot: Spot
    label: str
    url: str
    here: bool
    written: bool
    faults: int

    @property
    def words(self) -> str:
        if not self.written:
            return _("not written yet")
        if not self.faults:
            return _("complete")
        return ngettext("%(n)s fault", "%(n)s faults", self.faults) % {"n": self.faults}


@dataclass(frozen=True)
class Line:
    """A channel, in the order in which they are tried."""

    form: Format
    here: bool
    cells: list[Cell]


def spot(message: Message, channel: str, language: str) -> tuple[Content | None, Spot]:
    """What the editor opens when it is asked for these two, either of which may be empty or unknown."""
    written = _written(message)
    channel = channel if channel in message.channels else ""
    order = sorted(written.values(), key=lambda each: (each.channel != channel, each.language != language))
    wanted = Spot(channel, language)
    if wanted not in written and not (channel and language in LANGUAGES):
        fits = [each for each in order if not channel or each.channel == channel] or order
        wanted = Spot(channel or (fits[0].channel if fits else message.channels[0]), "")
        wanted = wanted._replace(language=fits[0].language if fits else "")
    return written.get(wanted), wanted


def context(message: Message, here: Spot) -> dict[str, Any]:
    """What the templates of the tabs, of adding a language and of beginning a content show."""
    written = _written(message)
    languages = list(dict.fromkeys([*(each.language for each in written), here.language]))
    languages = [code for code in languages if code]
    if not languages and len(message.channels) > 1:
        languages = [code for code in Shop.current().languages if code in LANGUAGES]
    return {
        "here": here,
        "here_form": formats[here.channel],
        "here_label": name(here.language) if here.language else "",
        "lines": [_line(message, channel, languages, written, here) for channel in message.channels],
        "languages": [name(code) for code in languages],
        "missing": _missing(languages),
        "sources": _sources(written, here),
        "several": len(message.channels) > 1,
        "many_contents": len(written) > 1,
    }


def faults(content: Content) -> list[Fault]:
    marketing = versions.is_marketing(content.message)
    return checks.content_faults(content, versions.look(Brand.current()), marketing=marketing)


def name(code: str) -> str:
    return str(LANGUAGES.get(code) or checks.language_name(code))


def address(message_id: int, place: Spot, block: str = "") -> str:
    query = {"channel": place.channel, "language": place.language} | ({"block": block} if block else {})
    return f"{reverse('message_editor', args=[message_id])}?{urlencode(query)}"


def _written(message: Message) -> dict[Spot, Content]:
    """The contents of the message's channels, in its order of channels, languages as they were begun."""
    rows = message.contents.filter(channel__in=message.channels).order_by("pk")
    by_channel = sorted(rows, key=lambda each: message.channels.index(each.channel))
    return {Spot(each.channel, each.language): each for each in by_channel}


def _line(
    message: Message, channel: str, languages: Iterable[str], written: dict[Spot, Content], here: Spot
) -> Line:
    places = [Spot(channel, code) for code in languages]
    if len(message.channels) == 1:
        places = [each for each in places if each in written or each == here]
    cells = [_cell(message, each, written.get(each), here) for each in places]
    return Line(formats[channel], channel == here.channel, cells)


def _cell(message: Message, place: Spot, content: Content | None, here: Spot) -> Cell:
    return Cell(
        place,
        name(place.language),
        address(message.pk, place),
        place == here,
        content is not None,
        sum(fault.blocks for fault in faults(content)) if content else 0,
    )


def _missing(languages: Iterable[str]) -> list[tuple[str, str]]:
    """Languages that can be added: those of the shop first."""
    codes = dict.fromkeys([*Shop.current().languages, *LANGUAGES])
    return [(c, str(LANGUAGES[c])) for c in codes if c not in languages and c in LANGUAGES]


def _sources(written: Iterable[Spot], here: Spot) -> list[tuple[str, str]]:
    """What a content can begin as a copy of: the same language first, then the same channel."""
    others = sorted(written, key=lambda each: (each.language != here.language, each.channel != here.channel))
    return [
        (f"{each.channel}:{each.language}", f"{formats[each.channel].label}, {name(each.language)}")
        for each in others
    ]
