"""Quiet hours and days of the shop's own by country, beside what the country itself demands."""

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django import forms
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _

from channels.arbiter import country_rules
from channels.arbiter.country_rules import EVERY_DAY, CountryRule
from channels.delivery.choices import weekdays
from channels.forms.clock import ClockInput
from channels.models import Channel, DeliveryPolicy
from config import countries

if TYPE_CHECKING:
    LinesBase = forms.BaseFormSet["LineForm"]
else:
    LinesBase = forms.BaseFormSet

BLANK_LINES, MOST_LINES = 2, 60


def choices() -> list[tuple[str, Any]]:
    return [("", _("Choose a country")), *countries.choices()]


class LineForm(forms.Form):
    country = forms.ChoiceField(
        label=_("Country"), choices=choices, required=False, widget=forms.Select({"class": "form-select"})
    )
    quiet_from = forms.TimeField(label=_("Quiet from"), required=False, widget=ClockInput)
    quiet_until = forms.TimeField(label=_("Quiet until"), required=False, widget=ClockInput)
    days = forms.TypedMultipleChoiceField(
        label=_("Days"),
        choices=weekdays,
        coerce=int,
        required=False,
        initial=sorted(EVERY_DAY),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # A line that is as it was is a line all the same.
        super().__init__(*args, **kwargs | {"empty_permitted": False})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("country") or self.errors:
            return cleaned
        start, end = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if (start is None) != (end is None):
            missing = "quiet_until" if end is None else "quiet_from"
            self.add_error(missing, _("Enter both times, or none for no quiet hours."))
        elif start is not None and start == end:
            self.add_error("quiet_until", _("The quiet hours would never end. Choose another time."))
        if not cleaned.get("days"):
            self.add_error("days", _("Choose at least one day."))
        return cleaned


class Lines(LinesBase):
    def clean(self) -> None:
        seen = set()
        for form in self.forms:
            country = getattr(form, "cleaned_data", {}).get("country")
            if country and country in seen:
                form.add_error("country", _("This country stands here twice."))
            seen.add(country)

    def stored(self) -> list[dict[str, Any]]:
        """As `DeliveryPolicy.countries` keeps them."""
        return [
            {
                "country": line["country"],
                "quiet_from": f"{line['quiet_from']:%H:%M}" if line["quiet_from"] else "",
                "quiet_until": f"{line['quiet_until']:%H:%M}" if line["quiet_until"] else "",
                "days": sorted(line["days"]),
            }
            for line in (form.cleaned_data for form in self.forms)
            if line["country"]
        ]


def lines(policy: DeliveryPolicy, data: Any = None) -> Lines:
    """A form for each country that has rules of the shop's own, and some blank ones."""
    made = forms.formset_factory(
        LineForm, formset=Lines, extra=BLANK_LINES, max_num=MOST_LINES, absolute_max=MOST_LINES + 40
    )
    return cast(Lines, made(data, initial=policy.countries, prefix="place"))


class Legal(NamedTuple):
    """A row of `country_rules` in words."""

    countries: str
    channels: str
    quiet: str
    days: str
    basis: str


def legal() -> list[Legal]:
    """The rules of countries; those with the same one stand together."""
    together = dict[CountryRule, list[str]]()
    for code, rule in country_rules.RULES.items():
        together.setdefault(rule, []).append(countries.name(code))
    return [
        Legal(", ".join(codes), _channels(rule), _hours(rule), _days(rule), rule.basis)
        for rule, codes in together.items()
    ]


def _channels(rule: CountryRule) -> str:
    return ", ".join(str(Channel(each).label) for each in sorted(rule.channels)) or str(_("all"))


def _hours(rule: CountryRule) -> str:
    return f"{rule.quiet[0]:%H:%M} – {rule.quiet[1]:%H:%M}" if rule.quiet else "–"


def _days(rule: CountryRule) -> str:
    closed = [str(WEEKDAYS_ABBR[day]) for day in sorted(EVERY_DAY - rule.days)]
    return ", ".join([*closed, *([str(_("public holidays"))] if rule.holidays else [])]) or "–"
