"""When and how often people are written to, whatever is launched."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from channels.arbiter import policy
from channels.arbiter.timing import Window
from channels.delivery.choices import expiries, weekdays
from channels.forms.clock import ClockInput
from channels.models import CapClass, DeliveryPolicy
from config import countries

PERIODS = (1, 7)
PLAIN = (
    *("quiet_from", "quiet_until", "allowed_days", "skip_holidays", "slow_down"),
    *("ask_consent_after", "ask_consent_grace", "ask_interests_after"),
)
LIMITS = (
    ("", _("All marketing messages")),
    (CapClass.CAMPAIGN, CapClass.CAMPAIGN.label),
    (CapClass.AUTOMATIC, CapClass.AUTOMATIC.label),
)


class PolicyForm(forms.Form):
    quiet_from = forms.TimeField(label=_("Quiet from"), required=False, widget=ClockInput)
    quiet_until = forms.TimeField(label=_("Quiet until"), required=False, widget=ClockInput)
    allowed_days = forms.TypedMultipleChoiceField(
        label=_("Days on which messages go out"),
        choices=weekdays,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one day.")},
    )
    skip_holidays = forms.BooleanField(
        label=_("Nothing on public holidays"),
        required=False,
        help_text=_("Those of the whole country in which somebody lives."),
    )
    expires_after = forms.TypedChoiceField(
        label=_("Marketing that has waited too long does not go out any more after"),
        coerce=int,
        help_text=_("A campaign may say otherwise."),
    )
    slow_down = forms.BooleanField(
        label=_("Write less often to people who have stopped answering"),
        required=False,
        help_text=_(
            "After 8 messages in a month without a click or an order the limits count twice as many days, "
            "after 20 in three months four times as many. Whose clicks we may not know is left out."
        ),
    )

    ask_consent_after = forms.IntegerField(
        label=_("Ask for consent again after so many months without a sign of life"),
        required=False,
        min_value=3,
        max_value=120,
        help_text=_(
            "An order, a visit, something looked at, a click that we may know of, a word about consent or interests. "
            "Empty: nobody is asked again; a consent does not lapse by time alone."
        ),
    )
    ask_consent_grace = forms.IntegerField(
        label=_("Days to answer"),
        min_value=1,
        max_value=365,
        help_text=_(
            "After these months and days marketing rests, except messages with the block “Ask whether to keep "
            "writing”. The days count at the earliest from when this rule is saved."
        ),
    )
    ask_interests_after = forms.IntegerField(
        label=_("Ask for interests again after so many months"),
        required=False,
        min_value=1,
        max_value=120,
        help_text=_("On the customer’s own page. Empty: only where a message asks."),
    )

    def __init__(self, *args: Any, row: DeliveryPolicy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        self.initial.update({name: getattr(row, name) for name in self.fields})
        self.initial["expires_after"] = int(row.expires_after.total_seconds() // 3600)
        choice = self.fields["expires_after"]
        if isinstance(choice, forms.TypedChoiceField):
            choice.choices = expiries(row.expires_after)
        stored = {(cap["cap_class"], cap["days"]): cap["most"] for cap in row.caps}
        for cap_class, label in LIMITS:
            for days in PERIODS:
                self.fields[_limit(cap_class, days)] = forms.IntegerField(
                    label=label,
                    required=False,
                    min_value=1,
                    max_value=99,
                    initial=stored.get((cap_class, days)),
                    widget=forms.NumberInput({"class": "form-control", "inputmode": "numeric"}),
                    error_messages={"min_value": _("At least 1; leave it empty for no limit.")},
                )

    def limits(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        """The lines of the table: what is counted, and its field for each period."""
        for cap_class, label in LIMITS:
            yield label, [self[_limit(cap_class, days)] for days in PERIODS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if not {"quiet_from", "quiet_until"} & self.errors.keys():
            if (start is None) != (end is None):
                missing = "quiet_until" if end is None else "quiet_from"
                self.add_error(missing, _("Enter both times, or none for no quiet hours."))
            elif start is not None and start == end:
                self.add_error("quiet_until", _("The quiet hours would never end. Choose another time."))
        return cleaned

    def leaves_room(self, own: list[dict[str, Any]]) -> bool:
        """Whether people of every country can be written to at some time, with these rules of the shop's own."""
        start, end = self.cleaned_data["quiet_from"], self.cleaned_data["quiet_until"]
        window = Window(
            ((start, end),) if start and end else (), frozenset(self.cleaned_data["allowed_days"])
        )
        never = policy.load()._replace(window=window, countries=policy.own_rules(own)).never()
        if never:
            self.add_error(
                None,
                _(
                    "Nobody in %(countries)s could ever be written to: together with the rules of the country no hour "
                    "is left. Shorten the quiet hours or allow more days."
                )
                % {"countries": ", ".join(map(countries.name, never))},
            )
        return not never

    def save(self, at: datetime) -> list[str]:
        """The fields that were changed."""
        data = self.cleaned_data
        for name in PLAIN:
            setattr(self.row, name, data[name])
        if {"ask_consent_after", "ask_consent_grace"} & set(self.changed_data):
            self.row.ask_consent_since = at
        self.row.expires_after = timedelta(hours=data["expires_after"])
        ours = {(cap_class, days) for cap_class, _label in LIMITS for days in PERIODS}
        others = [cap for cap in self.row.caps if (cap["cap_class"], cap["days"]) not in ours]
        self.row.caps = [*self._caps(), *others]
        self.row.save()
        return sorted(self.changed_data)

    def _caps(self) -> list[dict[str, object]]:
        return [
            {"cap_class": str(cap_class), "days": days, "most": most}
            for cap_class, _label in LIMITS
            for days in PERIODS
            if (most := self.cleaned_data[_limit(cap_class, days)])
        ]


def _limit(cap_class: str, days: int) -> str:
    return f"{cap_class or 'all'}_{days}"
