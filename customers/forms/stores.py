from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from config import countries
from config.zones import zones
from customers.models import Shop, Store

if TYPE_CHECKING:
    Base = forms.ModelForm[Store]
else:
    Base = forms.ModelForm


class StoreForm(Base):
    country = forms.ChoiceField(label=_("Country"), choices=countries.choices)
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.country:  # a new one, whose empty country would choose the first of the list
            self.initial["country"] = Shop.current().country or "DE"
