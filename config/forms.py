"""What forms of all apps share."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import BaseValidator, MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from config import formats

NEVER = re.compile(r"(?!)")
# Of a key that people choose: Django speaks of a slug and of a value of a field.
KEY_ERRORS: dict[str, Any] = {
    "invalid": _("Only letters from a to z, digits and dashes, such as advent-2026."),
    "unique": _("This key is taken. Enter another one."),
}


def needed(form: forms.BaseForm, *names: str, when: str = "") -> None:
    """Fields that a later step asks for, or something else chosen in the form: pages do not call them optional, and
    show them only `when` it is chosen ("kind=pool")."""
    for name in names:
        form.fields[name].needed = True  # type: ignore[attr-defined]
        form.fields[name].when = when  # type: ignore[attr-defined]


def refuse_an_end_before_its_start(form: forms.BaseForm, first: str, last: str) -> None:
    """A fault at `last` when both days are there, in the wrong order."""
    start, end = form.cleaned_data.get(first), form.cleaned_data.get(last)
    if start and end and end < start:
        form.add_error(last, _("The last day lies before the first. Enter a later one."))


def whole_numbers_as_typed() -> None:
    """Django reads 1.000 as 1, which in German is a thousand: it is a fault instead."""
    forms.IntegerField.re_decimal = NEVER


class WholeLimit(int):
    """Said with the reader's separators."""

    def __str__(self) -> str:
        return formats.number(int(self))


class DecimalLimit(Decimal):
    """Said with the reader's separators."""

    def __str__(self) -> str:
        return formats.number(Decimal(self))


LIMITS: dict[type, Any] = {int: WholeLimit, Decimal: DecimalLimit}


def limits_as_read() -> None:
    """Django says 1000000 in its sentences about numbers that are too large or too small."""

    def init(validator: BaseValidator, limit_value: Any, message: Any = None) -> None:
        BaseValidator.__init__(
            validator, LIMITS.get(type(limit_value), lambda same: same)(limit_value), message
        )

    for kind in (MinValueValidator, MaxValueValidator):
        kind.__init__ = init  # type: ignore[method-assign, assignment]
