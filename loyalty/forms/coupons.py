"""The builder of a coupon, orders of codes, and a basket to try a code with."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from config import formats
from config.forms import needed, refuse_an_end_before_its_start
from config.zones import zones
from loyalty.coupons import setting_up
from loyalty.coupons.batches import LONGEST, LONGEST_PREFIX, SHORTEST
from loyalty.coupons.codes import GIFT_CARD, PLACE, normalise
from loyalty.forms import rules
from loyalty.forms.fields import DAY, CurrencyField, home_currency, minor
from loyalty.forms.money import MoneyField
from loyalty.models import Budget, Coupon, CouponCode, Offer

PERCENT, AMOUNT = "percent", "amount"
MOST_CODES = 10_000_000


class CouponForm(forms.Form):
    """A coupon with its offer. Fields that may not change any more once codes are out are shown, and not read."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Only colleagues see it."))
    gives = forms.ChoiceField(
        label=_("It takes off"),
        choices=[(PERCENT, _("a percentage")), (AMOUNT, _("an amount"))],
        widget=forms.RadioSelect,
        initial=PERCENT,
    )
    percent = forms.DecimalField(
        label=_("Percent"),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        localize=True,
        widget=forms.TextInput({"inputmode": "decimal"}),
    )
    amount = MoneyField(label=_("Amount"), required=False)
    most = MoneyField(
        label=_("At most"), required=False, help_text=_("So that a large basket does not cost much.")
    )
    currency = CurrencyField()
    exclusive = forms.BooleanField(label=_("Not together with any other coupon"), required=False)
    stacking_group = forms.CharField(
        label=_("Not together with others of the group"),
        required=False,
        max_length=40,
        help_text=_("An order takes one coupon of each group, such as “season”."),
    )
    kind = forms.ChoiceField(
        label=_("Codes"), choices=Coupon.Kind.choices, widget=forms.RadioSelect, initial=Coupon.Kind.GENERIC
    )
    code = forms.CharField(
        label=_("The code"),
        required=False,
        max_length=60,
        help_text=_("As people see it, such as SOMMER20. Small letters and blanks do not matter."),
    )
    single_use = forms.BooleanField(label=_("Each code can be redeemed once"), required=False)
    total_limit = forms.IntegerField(
        label=_("Redemptions in all"), required=False, min_value=1, max_value=10**12
    )
    per_customer_limit = forms.IntegerField(
        label=_("Redemptions per customer"),
        required=False,
        min_value=1,
        max_value=1000,
        help_text=_(
            "The till and the shop then have to say who buys. Customers with the same e-mail address count as one."
        ),
    )
    budget = forms.ModelChoiceField(
        Budget.objects.order_by("name"), label=_("Budget"), required=False, empty_label=_("no budget")
    )
    cost_centre = forms.CharField(label=_("Cost centre"), required=False, max_length=40)
    starts_on = forms.DateField(label=_("First day"), required=False, widget=DAY)
    ends_on = forms.DateField(
        label=_("Last day"), required=False, widget=DAY, help_text=_("This day counts whole.")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones, initial="Europe/Berlin")
    days_from_issue = forms.IntegerField(
        label=_("Days that each code is valid"),
        required=False,
        min_value=1,
        max_value=3650,
        help_text=_("Leave it empty, and codes are valid as long as the coupon."),
    )
    relative_to = forms.ChoiceField(
        label=_("Counted from"),
        choices=Coupon.RelativeTo.choices,
        initial=Coupon.RelativeTo.ISSUE,
        help_text=_("Where the purchase or the birthday is not known, from the day of the issue."),
    )
    days_after = forms.IntegerField(
        label=_("Begins so many days later"),
        initial=0,
        required=False,
        min_value=-366,
        max_value=3650,
        help_text=_("-7: a week before. Never before the code is issued."),
    )

    def __init__(self, data: Mapping[str, Any] | None, coupon: Coupon) -> None:
        self.coupon = coupon
        self.frozen = setting_up.frozen(coupon)
        super().__init__(data, initial=_initial(coupon))
        needed(self, "percent", when=f"gives={PERCENT}")
        needed(self, "amount", when=f"gives={AMOUNT}")
        needed(self, "code", when=f"kind={Coupon.Kind.GENERIC}")
        if coupon.pk is not None:
            self.fields["kind"].disabled = True
            self.fields.pop("code")
        if self.frozen:
            for name in set(self.fields) - setting_up.ALWAYS:
                self.fields[name].disabled = True
        posted = None if self.frozen else data
        self.boxes = rules.boxes(posted, coupon.offer.rules, coupon.offer.currency or home_currency())

    def is_valid(self) -> bool:
        own = super().is_valid()
        rules_are = self.frozen or not [
            box for box in self.boxes if not box.is_valid()
        ]  # each says its faults
        return own and rules_are

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        self._clean_offer(data)
        self._clean_code(data)
        self._clean_days(data)
        limit = data.get("total_limit")
        if limit is not None and limit < self.coupon.used:
            used = formats.number(self.coupon.used)
            self.add_error(
                "total_limit", _("It has been redeemed %s times already: enter this number or more.") % used
            )
        budget = data.get("budget")
        if budget and data.get("currency") and budget.currency != data["currency"]:
            self.add_error(
                "budget",
                _("This budget is in %s: choose one in the currency of the coupon.") % budget.currency,
            )
        return data

    def _clean_offer(self, data: dict[str, Any]) -> None:
        if data.get("gives") == AMOUNT:
            data["percent"] = None
            if data.get("amount") is None and "amount" not in self.errors:
                self.add_error("amount", _("Enter what is taken off."))
        else:
            data["amount"] = None
            if not data.get("percent") and "percent" not in self.errors:
                self.add_error("percent", _("Enter a number above 0 and up to 100."))

    def _clean_code(self, data: dict[str, Any]) -> None:
        if self.coupon.pk is not None or data.get("kind") != Coupon.Kind.GENERIC:
            return
        plain = normalise(data.get("code", ""))
        if not plain:
            self.add_error("code", _("Enter a code of letters and digits, such as SOMMER20."))
        elif CouponCode.objects.filter(text=plain).exists():
            self.add_error(
                "code", _("There is a code like this already, maybe of another coupon. Enter another one.")
            )

    def _clean_days(self, data: dict[str, Any]) -> None:
        refuse_an_end_before_its_start(self, "starts_on", "ends_on")
        if data.get("days_after") is None:
            data["days_after"] = 0
        if data.get("kind") == Coupon.Kind.GENERIC and data.get("days_from_issue") and not self.frozen:
            self.add_error(
                "days_from_issue",
                _(
                    "One code for all is valid as long as the coupon: leave this empty, or choose a code for each."
                ),
            )

    def filled(self) -> Coupon:
        """The coupon with its offer as the form has it, not stored yet."""
        data, coupon, offer = self.cleaned_data, self.coupon, self.coupon.offer
        for name in (
            "name",
            "kind",
            "single_use",
            "total_limit",
            "per_customer_limit",
            "budget",
            "starts_on",
            "ends_on",
        ):
            setattr(coupon, name, data[name])
        for name in ("time_zone", "days_from_issue", "relative_to", "days_after"):
            setattr(coupon, name, data[name])
        for name in ("exclusive", "stacking_group", "cost_centre", "currency", "percent"):
            setattr(offer, name, data[name])
        offer.name = coupon.name
        offer.amount, offer.most = minor(data["amount"], offer.currency), minor(data["most"], offer.currency)
        if not self.frozen:
            offer.rules = rules.stored(self.boxes)
        return coupon


def _initial(coupon: Coupon) -> dict[str, Any]:
    offer, currency = coupon.offer, coupon.offer.currency or home_currency()
    own: tuple[str, ...] = (
        "name",
        "kind",
        "single_use",
        "total_limit",
        "per_customer_limit",
        "budget",
        "starts_on",
        "ends_on",
    )
    own += ("time_zone", "days_from_issue", "relative_to", "days_after")
    found = {name: getattr(coupon, name) for name in own}
    found |= {
        name: getattr(offer, name) for name in ("exclusive", "stacking_group", "cost_centre", "percent")
    }
    found |= {name: _major(getattr(offer, name), currency) for name in ("amount", "most")}
    return found | {"currency": currency, "gives": AMOUNT if offer.amount else PERCENT}


def _major(amount: int | None, currency: str) -> Any:
    return None if amount is None else formats.major(amount, currency)


def blank() -> Coupon:
    return Coupon(offer=Offer(currency=home_currency()), kind=Coupon.Kind.GENERIC)


class BatchForm(forms.Form):
    count = forms.IntegerField(label=_("How many codes"), min_value=1, max_value=MOST_CODES)
    begins = forms.CharField(
        label=_("Begins with"),
        required=False,
        max_length=2 * LONGEST_PREFIX,
        help_text=_(
            "Up to 8 letters and digits. I, L, O, S and U become 1, 1, 0, 5 and V, which look alike."
        ),
    )
    length = forms.IntegerField(
        label=_("Signs behind that"),
        min_value=SHORTEST,
        max_value=LONGEST,
        initial=10,
        help_text=_("10 are hard to guess; one more is added that shows typing errors."),
    )

    def clean_begins(self) -> str:
        plain = normalise(self.cleaned_data["begins"])
        if len(plain) > LONGEST_PREFIX or any(symbol not in PLACE for symbol in plain):
            raise forms.ValidationError(_("Enter up to 8 plain letters and digits."))
        if plain.startswith(GIFT_CARD):
            raise forms.ValidationError(_("Codes of gift cards begin with GK: enter another beginning."))
        return plain


class SheetForm(forms.Form):
    count = forms.IntegerField(
        label=_("How many codes"), min_value=1, max_value=2100, initial=21, help_text=_("21 fit on a page.")
    )
    key = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        if not key.isalnum():
            raise forms.ValidationError(_("Open this page anew."))
        return key

    def short(self, missing: int) -> None:
        """Say that the pool has too few codes."""
        words = ngettext(
            "The pool has %s code too few. Order codes first, or print fewer.",
            "The pool has %s codes too few. Order codes first, or print fewer.",
            missing,
        )
        self.add_error("count", words % formats.number(missing))


class TakeBackForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Colleagues read it, and the customer when she asks for her data. No names of others."),
        max_length=200,
    )
