from typing import TYPE_CHECKING

from babel import Locale
from django import forms
from django.utils.translation import gettext_lazy as _

from config import formats
from config.zones import zones
from customers.models import Store

if TYPE_CHECKING:
    Base = forms.ModelForm[Store]
else:
    Base = forms.ModelForm


def countries() -> list[tuple[str, str]]:
    names = Locale.parse(formats.language()).territories
    return sorted(
        ((code, name) for code, name in names.items() if _is_country(code)), key=lambda pair: pair[1]
    )


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"}


class StoreForm(Base):
    country = forms.ChoiceField(label=_("Country"), choices=countries, initial="DE")
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=zones,
        initial="Europe/Berlin",
        help_text=_("Opening hours and local sending times count in this zone."),
    )

    class Meta:
        model = Store
        fields = ["number", "name", "kind", "street", "postal_code", "city", "country", "time_zone"]
        help_texts = {"number": _("As in the till system and in imported files. It finds the store again.")}
