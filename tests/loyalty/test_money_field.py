"""One manner of reading what staff type for an amount, at the till and in the office."""

from decimal import Decimal

import pytest
from django import forms
from django.utils import translation

from loyalty.forms.money import MoneyField


@pytest.mark.parametrize(
    ("language", "text", "minor"),
    [
        *(
            (language, text, 1250)
            for language in ("de", "en")
            for text in ("12,50", "12.50", " 12,5 €", "12.5 EUR")
        ),
        ("de", "1.200", 120000),
        ("en", "1,200", 120000),
        ("de", "1.234.567,89", 123456789),
        ("en", "1,234,567.89", 123456789),
        ("de", "1 200,5", 120050),
        ("en", "1'200.50", 120050),
        ("en", "50.", 5000),
    ],
)
def test_comma_and_point_are_read_by_the_readers_language(language: str, text: str, minor: int) -> None:
    with translation.override(language):
        assert MoneyField(currency="EUR").clean(text) == minor
        if not text.endswith("EUR"):
            assert MoneyField().clean(text) == Decimal(minor) / 100


@pytest.mark.parametrize(
    ("language", "text", "sentence"),
    [
        ("en", "much", "Enter an amount such as 50 or 49,90."),
        ("en", "-5", "Enter an amount such as 50 or 49,90."),
        ("en", "1,20.50", "Enter an amount such as 50 or 49,90."),
        ("en", "1.200", "Enter no more than two digits behind the comma."),
        ("de", "1,200", "Höchstens zwei Stellen hinter dem Komma eingeben."),
        ("de", "0.500", "Höchstens zwei Stellen hinter dem Komma eingeben."),
        ("en", "10,000,000.01", "This is more than can be kept here: 10,000,000 at most."),
        ("en", "0.00000001", "Enter no more than two digits behind the comma."),
        ("en", "0,00", "Enter an amount above 0."),
    ],
)
def test_what_is_no_amount_is_said(language: str, text: str, sentence: str) -> None:
    with translation.override(language), pytest.raises(forms.ValidationError) as refused:
        MoneyField(currency="EUR").clean(text)
    with translation.override(language):
        assert refused.value.messages == [sentence]


def test_nothing_zero_and_a_currency_without_cents() -> None:
    assert MoneyField(required=False).clean(" ") is None
    assert MoneyField(currency="EUR", zero=True).clean("0") == 0
    assert MoneyField(currency="JPY").clean("1,200") == 1200
    with pytest.raises(forms.ValidationError, match="no smaller coins"):
        MoneyField(currency="JPY").clean("12.50")
    with pytest.raises(forms.ValidationError, match="or leave it empty"):
        MoneyField(required=False).clean("0")


@pytest.mark.parametrize(("language", "shown"), [("de", "1.200,50"), ("en", "1,200.50")])
def test_what_is_shown_is_read_again(language: str, shown: str) -> None:
    with translation.override(language):
        for field, value in ((MoneyField(currency="EUR"), 120050), (MoneyField(), Decimal("1200.5"))):
            assert field.prepare_value(value) == shown
            assert field.clean(shown) == value
