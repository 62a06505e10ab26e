"""The shop's name and manner, and how its messages look. Two rows behind one form."""

import re
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from channels import targets
from channels.forms.pictures import PictureInput
from channels.forms.set_up import language_name
from channels.models import Brand
from config.zones import zones
from customers.models import Shop

# What shops in Europe write in; a developer adds others here.
LANGUAGES = (
    *("de", "en", "fr", "nl", "it", "es", "pt", "pl", "cs", "sk", "hu", "ro", "bg", "hr", "sl"),
    *("da", "sv", "nb", "fi", "et", "lv", "lt", "el", "tr", "uk", "ru", "ar"),
)
SHOP_FIELDS = ("name", "url", "languages", "address", "time_zone", "currency")
BRAND_FIELDS = ("colour", "logo", "fallback_language")


def language_choices() -> list[tuple[str, str]]:
    return [(code, language_name(code)) for code in LANGUAGES]


class BrandForm(forms.Form):
    name = forms.CharField(label=_("Name of the shop"), max_length=120)
    url = forms.URLField(label=_("Web address"), required=False, assume_scheme="https")
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=language_choices, widget=forms.CheckboxSelectMultiple
    )
    fallback_language = forms.ChoiceField(
        label=_("Language for everybody else"),
        choices=language_choices,
        help_text=_("Who reads none of these languages gets messages in this one."),
    )
    address = forms.ChoiceField(
        label=_("Form of address in German"), choices=Shop.Address.choices, widget=forms.RadioSelect
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    currency = forms.RegexField(
        r"^[A-Z]{3}$",
        label=_("Currency"),
        required=False,
        help_text=_(
            "Such as EUR. Empty: the first orders decide. It cannot be changed once orders are there."
        ),
    )
    colour = forms.RegexField(
        r"^#[0-9a-fA-F]{6}$", label=_("Colour"), widget=forms.TextInput(attrs={"type": "color"})
    )
    logo = forms.CharField(
        label=_("Address of the logo"),
        max_length=500,
        required=False,
        widget=PictureInput,
        help_text=_("A picture, by http or https."),
    )

    def __init__(self, *args: Any, shop: Shop, brand: Brand, currency_fixed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shop, self.brand, self.currency_fixed = shop, brand, currency_fixed
        self.fields["currency"].disabled = currency_fixed
        for owner, names in ((shop, SHOP_FIELDS), (brand, BRAND_FIELDS)):
            self.initial.update({name: getattr(owner, name) for name in names})
        self.codes = list(dict.fromkeys([*shop.languages, *brand.imprint]))
        for code in self.codes:
            self.fields[f"imprint_{code}"] = forms.CharField(
                label=_("Legal notice (%(language)s)") % {"language": language_name(code)},
                required=False,
                max_length=2_000,
                initial=brand.imprint.get(code, ""),
                widget=forms.Textarea(attrs={"rows": 4}),
            )

    def clean_logo(self) -> str:
        logo: str = self.cleaned_data["logo"].strip()
        if logo and not targets.is_safe(logo):
            raise forms.ValidationError(
                _("This is not the full address of a picture, such as https://…/logo.png.")
            )
        return logo

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = cleaned.get("languages") or []
        if cleaned.get("fallback_language") and chosen and cleaned["fallback_language"] not in chosen:
            self.add_error("fallback_language", _("This must be one of the languages chosen above."))
        return cleaned

    @transaction.atomic
    def save(self) -> list[str]:
        """Write both rows; answers the names of the changed fields."""
        for owner, names in ((self.shop, SHOP_FIELDS), (self.brand, BRAND_FIELDS)):
            for name in names:
                setattr(owner, name, self.cleaned_data[name])
        written = {code: self._tidy(self.cleaned_data[f"imprint_{code}"]) for code in self.codes}
        self.brand.imprint = {code: text for code, text in written.items() if text}
        self.shop.save()
        self.brand.save()
        return sorted(self.changed_data)

    @staticmethod
    def _tidy(text: str) -> str:
        return re.sub(r"[^\S\n]+$", "", text.replace("\r\n", "\n").strip(), flags=re.MULTILINE)
