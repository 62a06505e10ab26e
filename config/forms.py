"""What forms of all apps share."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

NEVER = re.compile(r"(?!)")
# Of a key that people choose: Django speaks of a slug and of a value of a field.
KEY_ERRORS: dict[str, Any] = {
    "invalid": _("Only letters from a to z, digits and dashes, such as advent-2026."),
    "unique": _("This key is taken. Enter another one."),
}


def whole_numbers_as_typed() -> None:
    """Django reads 1.000 as 1, which in German is a thousand: it is a fault instead."""
    forms.IntegerField.re_decimal = NEVER
