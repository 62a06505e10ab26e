"""Amounts as staff type them."""

import re
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext_lazy as _

from config import formats

MOST_DIGITS = 9
AMOUNT = re.compile(r"(\d+)(?:[.,](\d*))?")
THOUSANDS = re.compile(r"(?<=\d)[.,'\s](?=\d{3}(?:\D|$))")


class MoneyField(forms.CharField):
    """An amount with comma or point ("12,50", "1.200"), cleaned to minor units of `currency`; None where nothing was
    typed."""

    def __init__(self, *, currency: str = "EUR", least: int = 0, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(max_length=20, widget=forms.TextInput(attrs), **kwargs)
        self.currency, self.least = currency, least

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return None if not text else self._minor(text)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        return formats.number(formats.major(value, self.currency), get_currency_precision(self.currency))

    def _minor(self, text: str) -> int:
        digits = get_currency_precision(self.currency)
        plain = text.strip().removesuffix("€").removesuffix(self.currency).strip()
        found = AMOUNT.fullmatch(THOUSANDS.sub("", plain))
        if found is None or len(found[1]) > MOST_DIGITS or len(found[2] or "") > digits:
            raise forms.ValidationError(_("Enter an amount such as 50 or 49,90."))
        minor = int(Decimal(f"{found[1]}.{found[2] or 0}").scaleb(digits))
        if minor < self.least:
            raise forms.ValidationError(_("Enter an amount above 0."))
        return minor
