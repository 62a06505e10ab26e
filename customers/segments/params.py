"""The strict form behind a condition's parameters: unknown keys, wrong types and monsters are refused."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _

MAX_TEXT = 200
MAX_CHOICES = 100
MAX_NUMBER = 10**15


class ParamsForm(forms.Form):
    """Validates one condition's JSON parameters.

    `shown` says which fields count only with certain values of another: `{"days": ("window", {"days"})}`. A
    field that does not count is neither asked for nor kept; one that counts is required.
    """

    shown: ClassVar[dict[str, tuple[str, frozenset[str]]]] = {}

    def __init__(self, params: Any, **kwargs: Any) -> None:
        self.refused = _refused(params, self.base_fields)
        data = params if isinstance(params, Mapping) and not self.refused else {}
        super().__init__(data=data, **kwargs)
        for field in self.fields.values():
            if not getattr(field, "many", False):
                field.error_messages["required"] = _("Fill in “%s”.") % field.label
        for name, (other, values) in self.shown.items():
            if not self._counts(data, other, values):
                self.fields.pop(name, None)

    def _counts(self, data: Mapping[str, Any], other: str, values: frozenset[str]) -> bool:
        return other in self.fields and str(data.get(other)) in values

    def hidden(self) -> set[str]:
        """The fields that do not count with these values."""
        return set(self.base_fields) - set(self.fields)

    def sentences(self) -> dict[str, list[str]]:
        """What is wrong, by field; "" is the condition as a whole. Empty when all is well."""
        if self.refused:
            return {"": [self.refused]}
        return {("" if name == "__all__" else name): [str(e) for e in es] for name, es in self.errors.items()}

    def plain(self) -> dict[str, Any]:
        """The cleaned parameters as they are stored in JSON, without those that may be left open and are."""
        return {name: _plain(value) for name, value in self.cleaned_data.items() if value is not None}


def _refused(params: Any, fields: Mapping[str, forms.Field]) -> str:
    if not isinstance(params, Mapping):
        return str(_("The parameters of this condition are damaged. Remove it and add it again."))
    if any(name not in fields for name in params):
        return str(_("This condition has a parameter that does not exist. Remove it and add it again."))
    for name, value in params.items():
        if not _well_formed(value, fields[name]):
            return str(_("A value of this condition has a wrong form. Enter it again."))
    return ""


def _well_formed(value: Any, field: forms.Field) -> bool:
    if getattr(field, "many", isinstance(field, forms.MultipleChoiceField)):
        return isinstance(value, list) and len(value) <= MAX_CHOICES and all(map(_scalar, value))
    return _scalar(value)


def _scalar(value: Any) -> bool:
    """A text of sane length that can be stored, or a number of sane size; no boolean, list, map or NaN."""
    if isinstance(value, str):
        return len(value) <= MAX_TEXT and "\0" not in value and _encodes(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -MAX_NUMBER <= value <= MAX_NUMBER  # never true of NaN


def _encodes(text: str) -> bool:
    """A lone surrogate, which JSON can spell, is no text that a database takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
