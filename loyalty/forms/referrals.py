"""The rules of referrals as marketing edits them."""

from itertools import product
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config import formats
from config.forms import needed, refuse_an_end_before_its_start
from customers.models import User
from loyalty.forms.fields import DAY, home_currency, minor
from loyalty.forms.money import MoneyField
from loyalty.models import Coupon, Program, ReferralTerms
from loyalty.referrals import rules

POINTS, COUPON = "points", "coupon"
KINDS = [(POINTS, _("points")), (COUPON, _("a personal code of a coupon"))]
SIDES = ("giver", "welcome")
MOST_DAYS = 365
AS_THEY_ARE = (  # fields that are called as the version's own
    "active",
    "starts_on",
    "ends_on",
    "return_days",
    "claim_days",
    "most_per_year",
    "most_in_all",
)


def kind(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=KINDS, widget=forms.RadioSelect, initial=POINTS)


def points() -> forms.IntegerField:
    return forms.IntegerField(label=_("How many points"), min_value=1, max_value=1_000_000, required=False)


def coupon() -> "forms.ModelChoiceField[Coupon]":
    return forms.ModelChoiceField(
        Coupon.objects.filter(kind=Coupon.Kind.POOL).order_by("-active", "name"),
        label=_("Which coupon"),
        required=False,
        empty_label=_("none"),
        help_text=_("One with a code for each. Have enough codes made for it."),
    )


def days(label: Any, help_text: Any, least: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, min_value=least, max_value=MOST_DAYS)


class RulesForm(forms.Form):
    active = forms.BooleanField(
        label=_("Switched on"),
        required=False,
        help_text=_("Switched off, nobody can be recommended. Whoever was, is still rewarded."),
    )
    starts_on = forms.DateField(label=_("From"), required=False, widget=DAY)
    ends_on = forms.DateField(label=_("Until and with"), required=False, widget=DAY)
    giver = kind(_("Who recommends gets"))
    giver_points = points()
    giver_coupon = coupon()
    welcome = kind(_("Who is recommended gets"))
    welcome_points = points()
    welcome_coupon = coupon()
    least = MoneyField(label=_("Least value of the first order"), required=False)
    return_days = days(
        _("Days until the reward"), _("The return window. Both are rewarded when it has ended."), 0
    )
    claim_days = days(
        _("Days after the sign-up"),
        _("So long a new customer may say who recommended her, if she has not ordered yet."),
        1,
    )
    most_per_year = forms.IntegerField(
        label=_("Rewards per person and year"),
        required=False,
        min_value=1,
        max_value=100_000,
        help_text=_("How many recommendations of one customer are rewarded. Empty: without a limit."),
    )
    most_in_all = forms.IntegerField(
        label=_("Rewards in all"),
        required=False,
        min_value=1,
        max_value=100_000_000,
        help_text=_("The budget of the programme, in rewarded recommendations. Empty: without a limit."),
    )

    def __init__(self, data: Any, program: Program) -> None:
        self.program = program
        last = rules.newest(program) or ReferralTerms(
            program=program, active=True, return_days=program.ready_after_days
        )
        super().__init__(data, initial=self._start(last))
        for side, part in product(SIDES, (POINTS, COUPON)):
            needed(self, f"{side}_{part}", when=f"{side}={part}")
        help_text = gettext("In %s. Empty: every first order counts.") % home_currency()
        self.fields["least"].help_text = help_text

    def _start(self, last: ReferralTerms) -> dict[str, Any]:
        start: dict[str, Any] = {name: getattr(last, name) for name in AS_THEY_ARE}
        if last.least_value:
            start["least"] = formats.major(last.least_value, home_currency())
        for side in SIDES:
            start[side] = COUPON if getattr(last, f"{side}_coupon_id") else POINTS
            start |= {f"{side}_{part}": getattr(last, f"{side}_{part}") for part in (POINTS, COUPON)}
        return start

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        refuse_an_end_before_its_start(self, "starts_on", "ends_on")
        for side in SIDES:
            part = f"{side}_{data.get(side)}"
            if part in self.fields and not data.get(part) and part not in self.errors:
                missing = {POINTS: _("Say how many points."), COUPON: _("Choose a coupon.")}
                self.add_error(part, missing[data[side]])
        return data

    def filled(self) -> ReferralTerms:
        data = self.cleaned_data
        made = ReferralTerms(program=self.program, **{name: data[name] for name in AS_THEY_ARE})
        made.least_value = minor(data["least"], home_currency()) or 0
        for side in SIDES:
            part = f"{side}_{data[side]}"
            setattr(made, part, data[part])
        return made

    def save(self, by: User, at: Any) -> ReferralTerms:
        return rules.publish(self.filled(), by, at)
