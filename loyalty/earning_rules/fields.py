"""Fields that forms of rules share, and the words for their values."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formats


class LineByLine(forms.Textarea):
    """A list as a text with a line for each."""

    def format_value(self, value: Any) -> str:
        return "\n".join(value) if isinstance(value, list | tuple) else str(value or "")


class Words(forms.Field):
    """A list of texts, such as category paths or store numbers. `names` says what they name ("category", "brand",
    "product", "store"), so that a page can tell of one that does not exist."""

    many = True
    most = 100
    widget = LineByLine(attrs={"rows": 3})

    def __init__(self, *, names: str = "", **kwargs: Any) -> None:
        super().__init__(**{"help_text": gettext_lazy("One in each line.")} | kwargs)
        self.names = names

    def to_python(self, value: Any) -> list[str]:
        return [str(each).strip() for each in value or [] if str(each).strip()][: self.most]


class MinorUnits(forms.IntegerField):
    """An amount in minor units of the currency that the rule's owner has; builders show and take major ones."""


def factor() -> forms.DecimalField:
    return forms.DecimalField(
        label=gettext_lazy("times"),
        help_text=gettext_lazy("2 doubles the points. Of several that apply the highest counts."),
        min_value=1,
        max_value=100,
        decimal_places=2,
    )


def times(value: Decimal) -> str:
    """Such as “double points”."""
    if value == 2:
        return _("double points")
    if value == 3:
        return _("triple points")
    return _("%s times the points") % formats.number(value.normalize())


def points(number: int) -> str:
    return ngettext("%s point", "%s points", number) % formats.number(number)


def listed(words: Sequence[str]) -> str:
    """“Shoes, Bags and Belts”."""
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}
