"""Which channels, languages and variants of a message are written, and where the editor stands among them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from channels.messages import checks, drafts, variants, versions
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
    """A channel, a language and a variant, written or not."""

    channel: str
    language: str = ""
    variant: str = variants.FIRST


@dataclass(frozen=True)
class Cell:
    """A spot as the tabs show it: `faults` stop the launch, hints do not count. `untouched`: only those of blocks stop
    it that nobody has filled in yet."""

    spot: Spot
    label: str
    url: str
    here: bool
    written: bool
    faults: int
    untouched: bool = False

    @property
    def words(self) -> str:
        if not self.written:
            return _("not written yet")
        if self.faults:
            return ngettext("%(n)s fault", "%(n)s faults", self.faults) % {"n": self.faults}
        return _("not complete yet") if self.untouched else _("complete")


@dataclass(frozen=True)
class Line:
    """A channel, in the order in which they are tried."""

    form: Format
    here: bool
    cells: list[Cell]


def spot(
    message: Message, channel: str, language: str, variant: str = variants.FIRST
) -> tuple[Content | None, Spot]:
    """What the editor opens when it is asked for these, each of which may be empty or unknown."""
    written = _written(message)
    channel = channel if channel in message.channels else ""
    order = sorted(written, key=lambda each: (each.channel != channel, each.language != language))
    wanted = Spot(channel, language, variant)
    if not _is_open(wanted, written):
        wanted = wanted._replace(variant=variants.FIRST)
    if wanted not in written and not (channel and language in LANGUAGES):
        fits = [each for each in order if not channel or each.channel == channel] or order
        found = fits[0] if fits else Spot(message.channels[0])
        wanted = found._replace(channel=channel or found.channel)
    return written.get(wanted), wanted


def spot_of(content: Content) -> Spot:
    return Spot(content.channel, content.language, content.variant)


def _is_open(place: Spot, written: Iterable[Spot]) -> bool:
    """Another variant than A can be written where A is, once it has begun anywhere in the message."""
    return place._replace(variant=variants.FIRST) in written and place.variant in _letters(written)


def _letters(written: Iterable[Spot]) -> list[str]:
    return sorted({each.variant for each in written})


def context(message: Message, here: Spot) -> dict[str, Any]:
    """What the templates of the tabs, of adding a language and of beginning a content show."""
    written = _written(message)
    letters = _letters(written)
    beside = letters if here._replace(variant=variants.FIRST) in written else []
    languages = list(dict.fromkeys([*(each.language for each in written), here.language]))
    languages = [code for code in languages if code]
    if not languages and len(message.channels) > 1:
        languages = [code for code in Shop.current().languages if code in LANGUAGES]
    return {
        "here": here,
        "here_form": formats[here.channel],
        "here_label": name(here.language) if here.language else "",
        "lines": [_line(message, channel, languages, written, here) for channel in message.channels],
        "letters": [_cell(message, here._replace(variant=each), written, here) for each in beside],
        "varied": len(letters) > 1,
        "may_vary": versions.is_marketing(message) and here in written and _has_room(here, written),
        "languages": [name(code) for code in languages],
        "missing": _missing(languages),
        "sources": _sources(written, here),
        "several": len(message.channels) > 1,
        "may_remove": any(each[:2] != here[:2] for each in written),
    }


def faults(content: Content) -> list[Fault]:
    marketing = versions.is_marketing(content.message)
    return checks.content_faults(content, versions.look(Brand.current()), marketing=marketing)


def shown(content: Content, found: list[Fault], checked: str = "") -> list[Fault]:
    """Without the faults of blocks that nobody has filled in yet, unless it is the `checked` one."""
    new = drafts.untouched(content) - {checked}
    return [fault for fault in found if not (fault.blocks and fault.place.block in new)]


def name(code: str) -> str:
    return str(LANGUAGES.get(code) or checks.language_name(code))


def address(message_id: int, place: Spot, block: str = "") -> str:
    query = urlencode(variants.query(*place, block))
    return f"{reverse('message_editor', args=[message_id])}?{query}"


def _written(message: Message) -> dict[Spot, Content]:
    """The contents of the message's channels, in its order of channels, A before the others, languages as they were
    begun."""
    rows = message.contents.filter(channel__in=message.channels).order_by("variant", "pk")
    by_channel = sorted(rows, key=lambda each: message.channels.index(each.channel))
    return {spot_of(each): each for each in by_channel}


def _has_room(here: Spot, written: Iterable[Spot]) -> bool:
    return len([each for each in written if each[:2] == here[:2]]) < len(variants.LETTERS)


def _line(
    message: Message, channel: str, languages: Iterable[str], written: Mapping[Spot, Content], here: Spot
) -> Line:
    places = [Spot(channel, code, here.variant) for code in languages]
    if len(message.channels) == 1:
        places = [each for each in places if each._replace(variant=variants.FIRST) in written or each == here]
    cells = [_cell(message, each, written, here) for each in places]
    return Line(formats[channel], channel == here.channel, cells)


def _cell(message: Message, place: Spot, written: Mapping[Spot, Content], here: Spot) -> Cell:
    content = written.get(place)
    stops = [fault for fault in faults(content) if fault.blocks] if content else []
    counted = len(shown(content, stops)) if content else 0
    return Cell(
        place,
        name(place.language),
        address(message.pk, place),
        place == here,
        content is not None,
        counted,
        untouched=bool(stops),
    )


def _missing(languages: Iterable[str]) -> list[tuple[str, str]]:
    """Languages that can be added: those of the shop first."""
    codes = dict.fromkeys([*Shop.current().languages, *LANGUAGES])
    return [(c, str(LANGUAGES[c])) for c in codes if c not in languages and c in LANGUAGES]


def _sources(written: Iterable[Spot], here: Spot) -> list[tuple[str, str]]:
    """What a content can begin as a copy of: the same language first, then the same channel."""
    others = sorted(written, key=lambda each: (each.language != here.language, each.channel != here.channel))
    return [(_value(each), _label(each)) for each in others]


def _value(place: Spot) -> str:
    return ":".join(place[:2] if place.variant == variants.FIRST else place)


def _label(place: Spot) -> str:
    label = f"{formats[place.channel].label}, {name(place.language)}"
    return label if place.variant == variants.FIRST else f"{label}, {place.variant}"
