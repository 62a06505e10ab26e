"""Fields that forms of coupons and budgets share."""

from decimal import Decimal
from typing import Any

from babel import Locale
from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Shop

MOST = Decimal(10_000_000)
DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class MoneyField(forms.DecimalField):
    """An amount in major units, as people write it."""

    def __init__(self, **kwargs: Any) -> None:
        messages = {
            "invalid": _("Enter an amount such as 50 or 49,90."),
            "min_value": _("Enter an amount above 0, or leave it empty."),
            "max_value": _("This is more than can be kept here: 10,000,000 at most."),
            "max_decimal_places": _("Enter no more than two digits behind the comma."),
        }
        defaults: dict[str, Any] = {
            "min_value": Decimal("0.01"),
            "max_value": MOST,
            "decimal_places": 2,
            "localize": True,
            "widget": forms.TextInput({"inputmode": "decimal"}),
            "error_messages": messages,
        }
        super().__init__(**defaults | kwargs)


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
