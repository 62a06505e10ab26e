"""Forms of the points programme: its settings, its rules, and a basket to try."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config import formats, zones
from config.forms import refuse_an_end_before_its_start
from customers.models import Product, Shop, Store, User
from loyalty import earning, programs
from loyalty.earning_rules.base import EarningRule as Plugin
from loyalty.models import EarningRule, Program

if TYPE_CHECKING:
    from django.http import QueryDict

    ProgramBase = forms.ModelForm[Program]
    RuleBase = forms.ModelForm[EarningRule]
else:
    ProgramBase = RuleBase = forms.ModelForm

MOST_MONTHS = 120
LINES = 3


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ProgramForm(ProgramBase):
    """`by` is who fills it in: the threshold of the second person is not for those whom it holds."""

    time_zone = forms.ChoiceField(label=_("Time zone"), help_text=_("Whose midnights count."))
    worth = forms.DecimalField(
        label=_("100 points are worth"),
        help_text=_("For the open points in money. What rewards cost is said by the rewards."),
        min_value=0,
        max_digits=9,
        decimal_places=2,
        required=False,
    )

    class Meta:
        model = Program
        fields = [
            "name",
            "ready_after_days",
            "expiry_months",
            "expiry_at_year_end",
            "rounding",
            "time_zone",
            "second_person_above",
            "active",
        ]
        labels = {
            "name": _("What points are called"),
            "expiry_months": _("Months until points end"),
            "expiry_at_year_end": _("They end with the year"),
        }
        help_texts = {
            "name": _("Customers read it, such as Linden points."),
            "ready_after_days": _("The return window: so long points of an order wait."),
            "expiry_months": _("After they were earned. 0: never."),
            "expiry_at_year_end": _("At the end of the year in which these months are over."),
            "rounding": _("Of the points of an order as a whole."),
            "second_person_above": _("Larger corrections wait until somebody else has confirmed them."),
            "active": _("A programme that is not active gives no points. What was given can still be spent."),
        }

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = earning.unit()
        names = [("UTC", "UTC"), *zones.zones()]
        self.fields["time_zone"].choices = names  # type: ignore[attr-defined]
        if self.instance.worth_of_100 is not None:
            self.initial["worth"] = Decimal(self.instance.worth_of_100) / self.unit
        self.fields["worth"].label = gettext("100 points are worth (%s)") % (Shop.current().currency or "EUR")
        self.fields["ready_after_days"].max_value = 365  # type: ignore[attr-defined]
        if not by.has_perm("loyalty.approve_adjustment"):
            self.fields["second_person_above"].disabled = True
            self.fields["second_person_above"].help_text = _("Only who confirms corrections can change this.")

    def clean_ready_after_days(self) -> int:
        days: int = self.cleaned_data["ready_after_days"]
        if days > 365:
            raise forms.ValidationError(
                gettext("A return window of more than a year is not possible: enter at most 365.")
            )
        return days

    def clean_expiry_months(self) -> int:
        months: int = self.cleaned_data["expiry_months"]
        if months > MOST_MONTHS:
            raise forms.ValidationError(
                gettext("At most %s months, or 0 for points that never end.") % MOST_MONTHS
            )
        return months

    def save(self, commit: bool = True) -> Program:
        worth = self.cleaned_data["worth"]
        self.instance.worth_of_100 = None if worth is None else int(worth * self.unit)
        self.instance.key = self.instance.key or "points"
        return super().save(commit)


class RuleForm(RuleBase):
    """A rule's name and days, with its plug-in's own form beside it (`values`)."""

    class Meta:
        model = EarningRule
        fields = ["name", "starts_on", "ends_on"]
        widgets = {"starts_on": DayInput(), "ends_on": DayInput()}
        help_texts = {
            "name": _("For the list and the history; customers do not see it."),
            "starts_on": _("The first day that counts. Empty: at once."),
            "ends_on": _("The last day that counts. Empty: until further notice."),
        }

    def __init__(self, posted: "QueryDict | None", plugin: Plugin, instance: EarningRule) -> None:
        super().__init__(posted, instance=instance, prefix="rule")
        self.plugin = plugin
        self.values = plugin.Form(instance.params if posted is None else read(plugin, posted))
        if posted is None and instance.pk is None:
            self.initial["name"] = str(plugin.label)
            self.values = plugin.Form({})
            self.values.is_bound = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        refuse_an_end_before_its_start(self, "starts_on", "ends_on")
        return cleaned

    def is_valid(self) -> bool:
        fits = self.values.is_valid() and self._all_known()
        return super().is_valid() and fits

    def _all_known(self) -> bool:
        for name, field in self.values.fields.items():
            names = getattr(field, "names", "")
            if names and (missing := programs.unknown(names, self.values.cleaned_data.get(name) or [])):
                said = gettext("There is no such thing as “%s” here: check the spelling.") % "”, “".join(
                    missing[:5]
                )
                self.values.add_error(name, said)
        return not self.values.errors

    def save(self, commit: bool = True) -> EarningRule:
        self.instance.key, self.instance.params = self.plugin.key, self.values.plain()
        return super().save(commit)


def read(plugin: Plugin, posted: "QueryDict") -> dict[str, Any]:
    """The plug-in's parameters as its form takes them; lists that were typed line by line are taken apart."""
    found: dict[str, Any] = {}
    for name, field in plugin.Form.base_fields.items():
        values = [value.replace("\0", "") for value in posted.getlist(name)]
        if getattr(field, "many", False):
            found[name] = [line.strip() for value in values for line in value.splitlines() if line.strip()]
        elif isinstance(field, forms.MultipleChoiceField):
            found[name] = [value for value in values if value]
        elif values and values[-1].strip():
            found[name] = values[-1].strip()
    return found


class TryForm(forms.Form):
    """A sample basket, or the number of an order."""

    order = forms.CharField(label=_("Number of an order"), max_length=60, required=False)
    on = forms.DateField(label=_("Bought on"), widget=DayInput(), required=False)
    store = forms.ModelChoiceField(
        Store.objects.all(),
        label=_("In the store"),
        required=False,
        to_field_name="number",
        empty_label=_("any"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, LINES + 1):
            self.fields[f"article_{number}"] = forms.CharField(
                label=gettext("Article number %s") % formats.number(number), max_length=60, required=False
            )
            self.fields[f"amount_{number}"] = forms.DecimalField(
                label=gettext("Amount %s") % formats.number(number),
                min_value=0,
                max_digits=9,
                decimal_places=2,
                required=False,
            )

    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"article_{number}"], self[f"amount_{number}"]) for number in range(1, LINES + 1)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.basket: list[tuple[Product | None, int]] = []
        self.basket = [] if cleaned.get("order") else list(self._basket(cleaned))
        if not cleaned.get("order") and not self.basket and not self.errors:
            raise forms.ValidationError(
                gettext("Enter the number of an order, or an article with its amount.")
            )
        return cleaned

    def _basket(self, cleaned: dict[str, Any]) -> Any:
        """(product, amount in minor units); an article without an amount has its price."""
        for number in range(1, LINES + 1):
            sku, amount = cleaned.get(f"article_{number}"), cleaned.get(f"amount_{number}")
            if not sku and amount is None:
                continue
            product = (
                Product.objects.filter(sku__iexact=sku).select_related("category").first() if sku else None
            )
            if sku and product is None:
                self.add_error(f"article_{number}", gettext("There is no article with this number."))
            elif amount is None and (product is None or product.price is None):
                self.add_error(
                    f"amount_{number}", gettext("Enter what it costs: the article has no price here.")
                )
            else:
                yield product, int(amount * earning.unit()) if amount is not None else product.price  # type: ignore[union-attr]
