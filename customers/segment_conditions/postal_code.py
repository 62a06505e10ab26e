from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import Params, ProfileCondition, conditions
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql

MOST = 50


class PrefixesField(forms.CharField):
    """Beginnings of postal codes, divided by commas or semicolons: "20, 21, 22"."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        parts = [part.strip() for part in text.replace(";", ",").split(",")]
        return ", ".join(dict.fromkeys(part for part in parts if part))


class PostalCodeForm(ParamsForm):
    prefixes = PrefixesField(
        label=gettext_lazy("postal code begins with"),
        help_text=gettext_lazy("several with commas, such as 20, 21, 22"),
        max_length=200,
    )

    def clean_prefixes(self) -> str:
        prefixes: str = self.cleaned_data["prefixes"]
        if not prefixes:
            raise forms.ValidationError(_("Enter at least one beginning of a postal code."))
        if len(listed(prefixes)) > MOST:
            raise forms.ValidationError(_("At most %d beginnings are possible.") % MOST)
        return prefixes


def listed(prefixes: str) -> list[str]:
    return prefixes.split(", ")


@conditions.register
class PostalCode(ProfileCondition):
    key = "postal_code"
    label = gettext_lazy("Postal code")
    help = gettext_lazy("The region somebody lives in, by the first digits of the postal code.")
    Form = PostalCodeForm
    fact = gettext_lazy("postal code")
    seen = Sql("nullif(c.postal_code, '')")
    personal = True

    def test_sql(self, params: Params, at: datetime) -> Sql:
        return sql("c.postal_code ^@ ANY ({})", listed(params["prefixes"]))

    def words(self, params: Params) -> str:
        return _("the postal code begins with %s") % phrases.either(listed(params["prefixes"]))
