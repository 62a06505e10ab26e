from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from config import http
from config.http import CallError, Forbidden
from customers.hooks import kinds
from customers.models import Hook

if TYPE_CHECKING:
    Base = forms.ModelForm[Hook]
else:
    Base = forms.ModelForm

TAKEN = _("A webhook of this name is there already.")


def kind_choices() -> list[tuple[str, Any]]:
    return [
        (
            kind.key,
            format_html(
                "<span><strong>{}</strong> <code>{}</code><small>{}</small></span>",
                kind.label,
                kind.key,
                kind.help,
            ),
        )
        for kind in kinds.ordered()
    ]


class HookForm(Base):
    """Where facts are told, and which."""

    kinds = forms.MultipleChoiceField(
        label=_("Facts"),
        choices=kind_choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one kind of fact.")},
    )

    class Meta:
        model = Hook
        fields = ["name", "url", "kinds"]
        help_texts = {
            "name": _("For your own lists, such as “ERP” or “Shop”."),
            "url": _("Where the receiver waits for POST requests, such as https://shop.example/stammkunde."),
        }
        widgets = {"url": forms.URLInput(attrs={"autocomplete": "off"})}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Hook.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(TAKEN)
        return name

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"].strip()
        try:
            http.check(url)
        except Forbidden as refused:
            raise forms.ValidationError(
                _(
                    "This must be an https address of the public internet. A server of your own network has to be "
                    "named in OUTGOING_HOSTS first."
                )
            ) from refused
        except CallError as unknown:
            raise forms.ValidationError(
                _("No server of this name is known. Look at the spelling, or try again when it is there.")
            ) from unknown
        return url
