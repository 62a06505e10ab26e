"""What the settings of the till ask."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import User
from loyalty.forms.money import MoneyField
from loyalty.models import AllowanceRule, GoodwillReason, TillSettings

if TYPE_CHECKING:
    RuleBase = forms.ModelForm[AllowanceRule]
    ReasonBase = forms.ModelForm[GoodwillReason]
    SettingsBase = forms.ModelForm[TillSettings]
else:
    RuleBase = ReasonBase = SettingsBase = forms.ModelForm


class TillSettingsForm(SettingsBase):
    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["second_person_above"] = MoneyField(
            label=_("A second person confirms above (%(currency)s)") % {"currency": currency},
            currency=currency,
            zero=True,
            help_text=_("0: every goodwill coupon needs a second person."),
        )
        self.order_fields(["second_person_above", "days_valid"])

    class Meta:
        model = TillSettings
        fields = ["second_person_above", "days_valid"]

    def clean_days_valid(self) -> int:
        days: int = self.cleaned_data["days_valid"]
        if not 1 <= days <= 1100:
            raise forms.ValidationError(_("Enter a number of days between 1 and 1100."))
        return days


class AllowanceRuleForm(RuleBase):
    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["most_money"] = MoneyField(
            label=_("Money a month (%(currency)s)") % {"currency": currency}, currency=currency, zero=True
        )
        user, store = self.fields["user"], self.fields["store"]
        if isinstance(user, forms.ModelChoiceField) and isinstance(store, forms.ModelChoiceField):
            user.queryset = User.objects.filter(is_active=True).order_by("last_name", "email")
            user.empty_label, store.empty_label = str(_("everybody")), str(_("every store"))

    class Meta:
        model = AllowanceRule
        fields = ["user", "store", "most_coupons", "most_money"]
        help_texts = {
            "user": _("The most particular rule counts: person and store, person, store, everybody."),
            "most_coupons": _("Of each person, in each store."),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        same = AllowanceRule.objects.filter(user=data.get("user"), store=data.get("store"))
        if not self.errors and same.exclude(pk=self.instance.pk).exists():
            self.add_error("user", _("There is a rule for this person and store already: change that one."))
        return data


class GoodwillReasonForm(ReasonBase):
    class Meta:
        model = GoodwillReason
        fields = ["name", "active"]
