"""The rules of an offer as boxes of a page: each plug-in's form, drawn and read without it knowing of pages."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from config import formats
from customers.segments.fields import ListField, OneField
from loyalty import programs
from loyalty.coupon_rules.base import CouponRule, coupon_rules
from loyalty.earning_rules.fields import MinorUnits, Words
from loyalty.forms.fields import minor
from loyalty.forms.money import MoneyField


class Box:
    """A rule with its switch. `form` draws its fields; after `is_valid`, `params` are as they are stored."""

    def __init__(
        self,
        rule: CouponRule,
        data: Mapping[str, Any] | None,
        stored: Mapping[str, Any] | None,
        currency: str,
    ) -> None:
        self.rule, self.currency = rule, currency
        self.name = f"rule_{rule.key}"
        self.on = stored is not None if data is None else self.name in data
        shown = {name: _shown(field) for name, field in rule.Form.base_fields.items()}
        cls: type[forms.Form] = type("RuleForm", (forms.Form,), shown)
        initial = {name: self._written(name, value) for name, value in (stored or {}).items()}
        self.form = cls(data if self.on else None, prefix=self.name, initial=initial)
        self.params: dict[str, Any] = {}

    def is_valid(self) -> bool:
        if not self.on:
            return True
        if not self.form.is_valid():
            return False
        given = {name: self._read(name, value) for name, value in self.form.cleaned_data.items()}
        asked = self.rule.Form({name: value for name, value in given.items() if value not in (None, "")})
        for name, sentences in asked.sentences().items():
            for sentence in sentences:
                self.form.add_error(name if name in self.form.fields else None, sentence)
        self.params = {} if self.form.errors else asked.plain()
        return not self.form.errors

    def unknown(self) -> list[str]:
        """What it names that is not there yet, or is spelled otherwise: nothing would ever fit it."""
        fields = self.rule.Form.base_fields if self.on else {}
        return [
            word
            for name, field in fields.items()
            if isinstance(field, Words)
            for word in programs.unknown(field.names, self.params.get(name, []))
        ]

    def _written(self, name: str, value: Any) -> Any:
        field = self.rule.Form.base_fields.get(name)
        if isinstance(field, Words):
            return "\n".join(value)
        return formats.major(value, self.currency) if isinstance(field, MinorUnits) else value

    def _read(self, name: str, value: Any) -> Any:
        field = self.rule.Form.base_fields[name]
        if isinstance(field, Words):
            return value.splitlines()
        return minor(value, self.currency) if isinstance(field, MinorUnits) else value


def _shown(field: forms.Field) -> forms.Field:
    """A field of a page for one of the plug-in's."""
    about: dict[str, Any] = {"label": field.label, "help_text": field.help_text, "required": field.required}
    about["error_messages"] = {"required": _("Fill in “%s”.") % field.label}
    if isinstance(field, Words):
        return forms.CharField(**about, widget=forms.Textarea({"rows": 3}), max_length=10_000)
    if isinstance(field, MinorUnits):
        about.pop("error_messages")
        return MoneyField(**about)
    if isinstance(field, OneField):
        return forms.ChoiceField(**about, choices=[("", "–"), *field.options()])
    if isinstance(field, ListField):
        return forms.MultipleChoiceField(
            **about, choices=field.options(), widget=forms.CheckboxSelectMultiple
        )
    if isinstance(field, forms.MultipleChoiceField):
        return forms.MultipleChoiceField(**about, choices=field.choices, widget=forms.CheckboxSelectMultiple)
    return forms.CharField(**about)


def boxes(data: Mapping[str, Any] | None, stored: list[dict[str, Any]], currency: str) -> list[Box]:
    """A box for each rule that there is."""
    found = {each.get("key"): each.get("params", {}) for each in stored}
    rules = sorted(coupon_rules, key=lambda rule: str(rule.label))
    return [Box(rule, data, found.get(rule.key), currency) for rule in rules]


def stored(found: list[Box]) -> list[dict[str, Any]]:
    """The rules that are on, as an offer keeps them."""
    return [{"key": box.rule.key, "params": box.params} for box in found if box.on]
