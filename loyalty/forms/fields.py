"""Fields that forms of coupons and budgets share."""

from decimal import Decimal
from typing import Any

from babel import Locale
from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Shop

DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class CurrencyField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(label=_("Currency"), max_length=3)

    def clean(self, value: Any) -> str:
        code = str(super().clean(value)).strip().upper()
        if code and code not in Locale("en").currencies:
            raise forms.ValidationError(_("This is no currency. Enter its three letters, such as EUR."))
        return code


def home_currency() -> str:
    return Shop.current().currency or "EUR"


def minor(amount: Decimal | None, currency: str) -> int | None:
    """Decimal("12.50"), "EUR" -> 1250."""
    return None if amount is None else int(amount.scaleb(get_currency_precision(currency or "EUR")))
