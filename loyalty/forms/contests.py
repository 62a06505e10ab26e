"""What the builder of contests asks: the row itself and, below it, its texts and lines of prizes."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config import formats
from config.forms import KEY_ERRORS, needed, refuse_an_end_before_its_start
from config.zones import zones
from customers.models import Segment, Shop
from loyalty.contests.running import Prize
from loyalty.models import Contest, Coupon

if TYPE_CHECKING:
    ContestBase = forms.ModelForm[Contest]
else:
    ContestBase = forms.ModelForm

PRIZES = 5  # lines that the builder offers
DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
OF_WAY = {
    Contest.Way.EVENT: ("event_kind", "event_name"),
    Contest.Way.PURCHASE: ("least",),
    Contest.Way.POINTS: ("program", "points"),
}
TEXTS = (("title", 120), ("text", 1000), ("conditions", 10_000))


class ContestForm(ContestBase):
    least = forms.DecimalField(
        label=_("From this purchase on"),
        required=False,
        min_value=Decimal("0.01"),
        max_value=Decimal(1_000_000),
        localize=True,
        help_text=_("In the shop's currency. Empty: every purchase."),
        widget=forms.TextInput({"inputmode": "decimal"}),
    )

    class Meta:
        model = Contest
        fields = [
            "name",
            "key",
            "way",
            "event_kind",
            "event_name",
            "program",
            "points",
            "segment",
            "per_customer",
            "per_day",
            "starts_on",
            "ends_on",
            "time_zone",
        ]
        widgets = {"starts_on": DAY, "ends_on": DAY, "way": forms.RadioSelect}
        error_messages = {"key": KEY_ERRORS}
        help_texts = {
            "name": _("Only colleagues see it."),
            "key": _("Small letters, digits and dashes. It names the contest for ever."),
            "event_name": _("Empty: all events of this kind."),
            "per_customer": _("The most that one person may have in all."),
            "per_day": _("The most that one person may have on one day."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needed(self, "event_kind", "program", "points")
        self.fields["program"].label = _("Points programme")
        self.shop = Shop.current()
        self.currency = self.shop.currency or "EUR"
        field = cast("forms.ModelChoiceField[Segment]", self.fields["segment"])
        field.queryset, field.empty_label = Segment.objects.order_by("name"), gettext("everybody")
        self.fields["time_zone"] = forms.ChoiceField(label=_("Time zone"), choices=zones)
        cast(forms.ChoiceField, self.fields["way"]).choices = Contest.Way.choices
        self.fields["per_customer"].widget.attrs["min"] = self.fields["per_day"].widget.attrs["min"] = 1
        if self.instance.least_value:
            self.fields["least"].initial = formats.major(self.instance.least_value, self.currency)
        self._add_texts()
        self._add_prizes()

    def _add_texts(self) -> None:
        labels = {"title": _("Title"), "text": _("What it is about"), "conditions": _("Conditions")}
        for language in self.shop.languages:
            held = self.instance.texts.get(language, {})
            for name, most in TEXTS:
                widget = (
                    forms.TextInput()
                    if name == "title"
                    else forms.Textarea({"rows": 3 if name == "text" else 6})
                )
                self.fields[f"{name}_{language}"] = forms.CharField(
                    label=labels[name],
                    max_length=most,
                    required=False,
                    initial=held.get(name, ""),
                    widget=widget,
                )

    def _add_prizes(self) -> None:
        held = list(self.instance.prizes.select_related("coupon")) if self.instance.pk else []
        pools = Coupon.objects.filter(kind=Coupon.Kind.POOL, active=True).order_by("name")
        for place in range(1, max(PRIZES, len(held)) + 1):
            prize = held[place - 1] if place <= len(held) else None
            self.fields[f"prize_{place}"] = forms.CharField(
                label=_("Prize"), max_length=120, required=False, initial=prize.name if prize else ""
            )
            self.fields[f"count_{place}"] = forms.IntegerField(
                label=_("How many"),
                min_value=1,
                max_value=100_000,
                required=False,
                initial=prize.count if prize else None,
            )
            self.fields[f"coupon_{place}"] = forms.ModelChoiceField(
                pools,
                label=_("With a code of"),
                required=False,
                initial=prize.coupon if prize else None,
                empty_label=gettext("no code"),
            )
        self.places = range(1, max(PRIZES, len(held)) + 1)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        way = cleaned.get("way")
        self._forget_other_ways(way, cleaned)
        if way == Contest.Way.EVENT and not cleaned.get("event_kind"):
            self.add_error("event_kind", _("Choose what they do."))
        if way == Contest.Way.POINTS:
            for name in ("program", "points"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("An entry for points needs this."))
        refuse_an_end_before_its_start(self, "starts_on", "ends_on")
        for name in ("per_customer", "per_day"):
            if cleaned.get(name) == 0:
                self.add_error(name, _("At least one."))
        if (cleaned.get("per_day") or 0) > (cleaned.get("per_customer") or 0) > 0:
            self.add_error("per_day", _("Nobody may have more on one day than in all."))
        self._clean_prizes(cleaned)
        return cleaned

    def _forget_other_ways(self, way: Any, cleaned: dict[str, Any]) -> None:
        """What was entered for a way that is not chosen is hidden, so nobody could mend it."""
        for other, names in OF_WAY.items():
            for name in names if way and way != other else ():
                self.errors.pop(name, None)
                cleaned[name] = "" if name.startswith("event") else None

    def _clean_prizes(self, cleaned: dict[str, Any]) -> None:
        for place in self.places:
            named = cleaned.get(f"prize_{place}")
            if named and not cleaned.get(f"count_{place}") and f"count_{place}" not in self.errors:
                self.add_error(f"count_{place}", _("How many are there?"))
            if not named and (cleaned.get(f"count_{place}") or cleaned.get(f"coupon_{place}")):
                self.add_error(f"prize_{place}", _("Say what the prize is, or empty the line."))

    def filled(self) -> Contest:
        """The contest as it was filled in, not saved."""
        contest, given = self.save(commit=False), self.cleaned_data
        contest.texts = {
            language: {
                name: given.get(f"{name}_{language}", "").replace("\0", "").strip() for name, _most in TEXTS
            }
            for language in self.shop.languages
        }
        least = given.get("least") if contest.way == Contest.Way.PURCHASE else None
        contest.least_value = (
            None if least is None else int(least.scaleb(get_currency_precision(self.currency)))
        )
        return contest

    def prizes(self) -> list[Prize]:
        given = self.cleaned_data
        return [
            Prize(given[f"prize_{place}"], given[f"count_{place}"], given.get(f"coupon_{place}"))
            for place in self.places
            if given.get(f"prize_{place}")
        ]

    def prize_lines(self) -> list[tuple[Any, Any, Any]]:
        return [
            (self[f"prize_{place}"], self[f"count_{place}"], self[f"coupon_{place}"]) for place in self.places
        ]

    def text_blocks(self) -> list[tuple[str, list[Any]]]:
        """(language, its fields)."""
        return [
            (language, [self[f"{name}_{language}"] for name, _most in TEXTS])
            for language in self.shop.languages
        ]


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Such as: has not answered in two weeks. It stays beside the winner."),
    )
