"""Blocks that only some readers see. Chosen from lists, compiled to a condition of the template language."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import personalisation
from customers.personalisation import MergeField

FIELD, OPERATOR, VALUE = "only_field", "only_operator", "only_value"
OPERATORS = {
    "known": (gettext_lazy("is known"), "{field} and {field} != blank"),
    "unknown": (gettext_lazy("is not known"), "{field} == blank or {field} == nil"),
    "is": (gettext_lazy("is exactly"), "{field} == {value}"),
    "is_not": (gettext_lazy("is not"), "{field} != {value}"),
    "at_least": (gettext_lazy("is at least"), "{field} >= {value}"),
    "below": (gettext_lazy("is below"), "{field} < {value}"),
}
ALONE = ("known", "unknown")
NUMERIC = ("at_least", "below")
UNSPEAKABLE = '"{}%\n'  # what a text in a template cannot hold


class OnlyForm(forms.Form):
    """Who sees a block: everybody, or those of whom a field says something."""

    only_field = forms.ChoiceField(label=gettext_lazy("Only if the field"), required=False)
    only_operator = forms.ChoiceField(
        label=gettext_lazy("Condition"),
        required=False,
        choices=lambda: [(key, label) for key, (label, _condition) in OPERATORS.items()],
    )
    only_value = forms.CharField(
        label=gettext_lazy("Value"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("As the field is shown in messages, with capitals."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[FIELD].choices = [("", _("– everybody sees it –")), *_choices()]  # type: ignore[attr-defined]


def _choices() -> list[tuple[str, list[tuple[str, Any]]]]:
    return [
        (str(group.label), [(each.key, each.label) for each in group.fields if not each.constant])
        for group in personalisation.groups()
        if any(not each.constant for each in group.fields)
    ]


def expression(fields: Mapping[str, Any]) -> str:
    """The condition of a block, such as `city == "Köln"`; "" for everybody."""
    if not fields.get(FIELD) or any(True for _fault in faults(fields)):
        return ""
    field = personalisation.known()[fields[FIELD]]
    value = _value(field, str(fields.get(VALUE) or "").strip())
    return OPERATORS[fields[OPERATOR]][1].format(field=field.key, value=value)


def _value(field: MergeField, text: str) -> str:
    return text.replace(",", ".") if _is_number(field) else f'"{text}"'


def wrapped(fields: Mapping[str, Any], text: str, mark: Callable[[str], str]) -> str:
    """The block's text for those who see it; `mark` sets a command as the text takes it."""
    condition = expression(fields)
    return f"{mark('{% if ' + condition + ' %}')}{text}{mark('{% endif %}')}" if condition and text else text


def faults(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(field, sentence): what keeps the condition from being asked. A block with one is not sent at all."""
    key, operator, value = fields.get(FIELD), fields.get(OPERATOR), str(fields.get(VALUE) or "").strip()
    if not key:
        return
    field = personalisation.known().get(key)
    if field is None or operator not in OPERATORS:
        yield FIELD, _("This field no longer exists. Choose another one, or show the block to everybody.")
    elif operator not in ALONE:
        yield from ((VALUE, sentence) for sentence in _value_faults(field, operator, value))


def _value_faults(field: MergeField, operator: str, value: str) -> Iterator[str]:
    if field.is_list:
        yield _("This field is a list: ask whether it is known.")
    elif not value:
        yield _("Write what the field is compared with.")
    elif operator in NUMERIC and not _is_number(field):
        yield _("“%(field)s” is no number. Ask whether it is exactly something.") % {"field": field.label}
    elif _is_number(field) and not _reads_as_number(value):
        yield _("“%(value)s” is not a number, such as 12 or 12.5.") % {"value": value}
    elif any(sign in value for sign in UNSPEAKABLE):
        yield _('The value may not hold quotation marks, curly brackets or "%".')


def _is_number(field: MergeField) -> bool:
    return isinstance(field.sample("en"), int | float)


def _reads_as_number(text: str) -> bool:
    whole, _dot, rest = text.replace(",", ".").partition(".")
    return (
        whole.removeprefix("-").isascii()
        and whole.removeprefix("-").isdigit()
        and (not rest or (rest.isascii() and rest.isdigit()))
    )


def in_words(fields: Mapping[str, Any]) -> str:
    """Such as "only if City is exactly Köln"; "" for everybody."""
    field = personalisation.known().get(fields.get(FIELD) or "")
    if field is None or fields.get(OPERATOR) not in OPERATORS:
        return ""
    value = "" if fields[OPERATOR] in ALONE else str(fields.get(VALUE) or "").strip()
    words = {"field": field.label, "operator": OPERATORS[fields[OPERATOR]][0], "value": value}
    return (_("only if %(field)s %(operator)s %(value)s") % words).strip()
