"""Where somebody lives, by federal state or canton or by ranges of postal codes of the shop's own."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import regions
from customers.regions import Span
from customers.segments import phrases
from customers.segments.conditions import Params, ProfileCondition, conditions
from customers.segments.fields import OneCountryField, RegionField
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, every, some, sql

RANGE = re.compile(r"(\d{1,9})(?:\s*[-–]\s*(\d{1,9}))?", re.ASCII)
MOST = 50


class RangesField(forms.CharField):
    """Ranges of postal codes, divided by commas or semicolons: "20000-22999, 25400"."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        parts = [part.strip() for part in text.replace(";", ",").split(",")]
        return ", ".join(dict.fromkeys(_range(part) for part in parts if part))


def _range(text: str) -> str:
    found = RANGE.fullmatch(text)
    if found is None:
        raise forms.ValidationError(_("“%s” is no range such as 20000-22999.") % text)
    low, high = found[1], found[2] or found[1]
    if len(low) != len(high) or low > high:
        raise forms.ValidationError(
            _("“%s” is no range: both codes need as many digits, and the smaller one comes first.") % text
        )
    return low if low == high else f"{low}-{high}"


class RegionForm(ParamsForm):
    by = forms.ChoiceField(
        label=gettext_lazy("by"),
        choices=[
            ("states", gettext_lazy("federal states and cantons")),
            ("ranges", gettext_lazy("ranges of postal codes")),
        ],
        initial="states",
    )
    states = RegionField(label=gettext_lazy("federal state or canton"))
    country = OneCountryField(label=gettext_lazy("country"))
    ranges = RangesField(
        label=gettext_lazy("postal codes"),
        help_text=gettext_lazy("several with commas, such as 20000-22999, 25400"),
        max_length=200,
    )
    shown = {
        "states": ("by", frozenset({"states"})),
        "country": ("by", frozenset({"ranges"})),
        "ranges": ("by", frozenset({"ranges"})),
    }

    def clean_ranges(self) -> str:
        ranges: str = self.cleaned_data["ranges"]
        if not ranges:
            raise forms.ValidationError(_("Enter at least one range of postal codes."))
        if ranges.count(",") >= MOST:
            raise forms.ValidationError(_("At most %d ranges are possible.") % MOST)
        return ranges


@conditions.register
class Region(ProfileCondition):
    key = "region"
    label = gettext_lazy("Region")
    help = gettext_lazy(
        "Where somebody lives in Germany, Austria or Switzerland by federal state or canton, or anywhere by ranges of "
        "postal codes. Country and postal code must be known. A postal code that lies in two states counts as the one "
        "with more of its places."
    )
    Form = RegionForm
    fact = gettext_lazy("country and postal code")
    seen = Sql("CASE WHEN c.country <> '' AND c.postal_code <> '' THEN c.country || ' ' || c.postal_code END")
    personal = True

    def test_sql(self, params: Params, at: datetime) -> Sql:
        return some(_codes(country, digits, spans) for (country, digits), spans in _wanted(params).items())

    def words(self, params: Params) -> str:
        if params["by"] == "states":
            return _("lives in %s") % phrases.either([regions.name(code) for code in params["states"]])
        return _("lives in %(country)s, postal code %(ranges)s") % {
            "country": OneCountryField().labels([params["country"]])[0],
            "ranges": phrases.either(params["ranges"].replace("-", "–").split(", ")),
        }


def _wanted(params: Params) -> dict[tuple[str, int], list[Span]]:
    """The ranges by country and number of digits."""
    found: dict[tuple[str, int], list[Span]] = defaultdict(list)
    if params["by"] == "states":
        for code in params["states"]:
            found[code[:2], regions.DIGITS[code[:2]]] += regions.spans()[code]
    else:
        for text in params["ranges"].split(", "):
            low, _dash, high = text.partition("-")
            found[params["country"], len(low)].append(Span(int(low), int(high or low)))
    return found


def _codes(country: str, digits: int, spans: Iterable[Span]) -> Sql:
    """CASE, because AND may be evaluated in any order and not every postal code is a number."""
    ranges = ",".join(f"[{span.low},{span.high}]" for span in spans)
    inside = sql("c.postal_code::int <@ {}::int4multirange", f"{{{ranges}}}")
    is_number = sql("c.postal_code ~ {}", f"^[0-9]{{{digits}}}$")
    return every(
        [sql("c.country = {}", country), sql("CASE WHEN {} THEN {} ELSE false END", is_number, inside)]
    )
