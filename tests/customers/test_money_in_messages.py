"""Amounts in messages, as Babel writes them, in every language that it knows."""

import random
from decimal import Decimal

import pytest
from babel import Locale, localedata
from babel.numbers import format_currency, get_currency_precision

from customers import catalogue

CURRENCIES = ("EUR", "CHF", "USD", "JPY", "KWD", "INR")  # of two, no and three decimals


@pytest.mark.parametrize("currency", CURRENCIES)
def test_every_amount_is_written_as_babel_does(currency: str) -> None:
    dice = random.Random(7)
    for name in localedata.locale_identifiers():
        amounts = [0, 5, -5, 99, 100, 123_456, -123_456, 10**12 + 7, dice.randrange(10**9)]
        for minor in amounts:
            plain = Decimal(minor).scaleb(-get_currency_precision(currency))
            expected = format_currency(plain, currency, locale=Locale.parse(name))
            assert catalogue.money(minor, currency, name.replace("_", "-")) == expected


def test_without_an_amount_or_a_currency_there_is_nothing() -> None:
    assert catalogue.money(None, "EUR", "de") == ""
    assert catalogue.money(100, "", "de") == ""
    assert catalogue.money(8490, "EUR", "de") == "84,90\xa0€"
    assert catalogue.money(8490, "EUR", "tlh") == "€84.90"
