"""Fields that forms of rules share."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class Words(forms.Field):
    """A list of texts, such as category paths or store numbers."""

    many = True
    most = 100

    def to_python(self, value: Any) -> list[str]:
        return [str(each).strip() for each in value or [] if str(each).strip()][: self.most]


class MinorUnits(forms.IntegerField):
    """An amount in minor units of the currency that the rule's owner has; builders show and take major ones."""


def factor() -> forms.DecimalField:
    return forms.DecimalField(label=_("times"), min_value=1, max_value=100, decimal_places=2)
