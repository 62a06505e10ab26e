"""From which cart on shipping is free, by country."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from babel import Locale
from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext_lazy as _

from channels.models import FreeShipping
from config import countries, formats
from customers.models import Shop

if TYPE_CHECKING:
    LinesBase = forms.BaseFormSet["LineForm"]
else:
    LinesBase = forms.BaseFormSet

BLANK_LINES = 3


def places() -> list[tuple[str, str]]:
    """Codes and names in the reader's language; "" first: everywhere else."""
    return [("", str(_("everywhere else"))), *countries.choices()]


class LineForm(forms.Form):
    country = forms.ChoiceField(
        label=_("Country"),
        choices=places,
        required=False,
        widget=forms.Select({"class": "form-select"}),
    )
    currency = forms.CharField(
        label=_("Currency"), max_length=3, required=False, widget=forms.TextInput({"class": "form-control"})
    )
    amount = forms.DecimalField(
        label=_("Free from"),
        required=False,
        min_value=Decimal("0.01"),
        max_value=Decimal(1_000_000),
        localize=True,
        widget=forms.TextInput({"class": "form-control", "inputmode": "decimal"}),
        error_messages={
            "invalid": _("Enter an amount such as 50 or 49,90."),
            "min_value": _("Enter an amount above 0, or leave it empty."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # A line that is as it was is a line all the same.
        super().__init__(*args, **kwargs | {"empty_permitted": False})

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).strip().upper()
        if code and code not in Locale("en").currencies:
            raise forms.ValidationError(_("This is no currency. Enter its three letters, such as EUR."))
        return code


class Lines(LinesBase):
    def clean(self) -> None:
        seen = set()
        for form in self.forms:
            cleaned = getattr(form, "cleaned_data", {})
            if not cleaned.get("amount"):
                continue
            place = (cleaned.get("country", ""), cleaned.get("currency") or home_currency())
            if place in seen:
                form.add_error("country", _("This country and currency stand here twice."))
            seen.add(place)

    def places(self) -> Iterator[tuple[tuple[str, str], int]]:
        """((country, currency), minor units) of the lines that are filled in."""
        for form in self.forms:
            cleaned = form.cleaned_data
            if amount := cleaned.get("amount"):
                currency = cleaned["currency"] or home_currency()
                yield (cleaned["country"], currency), int(amount.scaleb(get_currency_precision(currency)))


def home_currency() -> str:
    return Shop.current().currency or "EUR"


def lines(data: Any = None) -> Lines:
    """A form for each line that there is, and some blank ones."""
    made = forms.formset_factory(LineForm, formset=Lines, extra=BLANK_LINES, max_num=60, absolute_max=100)
    initial = [
        {
            "country": row.country,
            "currency": row.currency,
            "amount": formats.major(row.amount, row.currency),
        }
        for row in FreeShipping.objects.all()
    ]
    return cast(Lines, made(data, initial=initial, prefix="line"))
