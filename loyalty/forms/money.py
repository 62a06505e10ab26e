"""Amounts as staff type them, at the till and in the office."""

import re
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _

from config import formats

MOST = Decimal(10_000_000)
PLAIN = re.compile(r"\d+(?:[.,]\d*)?")
NO_DIGIT = re.compile(r"\D")
GROUPED = {
    ",": re.compile(r"[1-9]\d{0,2}(?:[.'’\s]\d{3})+(?:,\d*)?"),
    ".": re.compile(r"[1-9]\d{0,2}(?:[,'’\s]\d{3})+(?:\.\d*)?"),
}


class MoneyField(forms.CharField):
    """An amount with comma or point, cleaned to minor units of `currency`; where the form asks for the currency beside
    it (""), to a Decimal in major ones. None where nothing was typed."""

    def __init__(self, *, currency: str = "", zero: bool = False, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(max_length=20, widget=forms.TextInput(attrs), **kwargs)
        self.currency, self.zero = currency, zero
        self.digits = get_currency_precision(currency) if currency else 2

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        amount = self._within(read(text.strip("€ ").removesuffix(self.currency).strip()))
        return int(amount.scaleb(self.digits)) if self.currency else amount

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int) and self.currency:
            return formats.number(formats.major(value, self.currency), self.digits)
        return formats.number(value, self.digits) if isinstance(value, Decimal) else value

    def _within(self, amount: Decimal) -> Decimal:
        if amount > MOST:
            raise forms.ValidationError(_("This is more than can be kept here: 10,000,000 at most."))
        if len(f"{amount:f}".partition(".")[2]) > self.digits:
            raise forms.ValidationError(
                _("Enter no more than two digits behind the comma.")
                if self.digits
                else _("Enter an amount without a comma: this currency has no smaller coins.")
            )
        if not amount and not self.zero:
            raise forms.ValidationError(
                _("Enter an amount above 0.")
                if self.required
                else _("Enter an amount above 0, or leave it empty.")
            )
        return amount


def read(text: str) -> Decimal:
    """What divides thousands in the reader's language does so before three digits; else comma and point are one, so
    that "12,50" is never 1250."""
    point = get_format("DECIMAL_SEPARATOR")
    if GROUPED[point].fullmatch(text):
        whole, _sign, cents = text.partition(point)
        return Decimal(f"{NO_DIGIT.sub('', whole)}.{cents}")
    if not PLAIN.fullmatch(text):
        raise forms.ValidationError(_("Enter an amount such as 50 or 49,90."))
    return Decimal(text.replace(",", "."))
