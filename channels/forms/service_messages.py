import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from channels.models import Sender, ServiceMessage

if TYPE_CHECKING:
    Base = forms.ModelForm[ServiceMessage]
else:
    Base = forms.ModelForm


class ServiceMessageForm(Base):
    """A new service message; without a key it gets one from its name."""

    key = forms.CharField(
        label=_("Key"),
        max_length=60,
        required=False,
        help_text=_("By this the shop asks for it, such as order-confirmation. Empty: made from the name."),
    )
    sender = forms.ModelChoiceField(
        label=_("Sender"), queryset=Sender.objects.order_by("name"), required=False
    )

    class Meta:
        model = ServiceMessage
        fields = ["name", "key", "sender"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sender"].initial = Sender.objects.order_by("pk").first()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        key = slugify(data.get("key") or data.get("name", ""))[:60]
        if not key and "name" not in self.errors:
            self.add_error("key", _("Write a key of letters, digits and hyphens."))
        elif ServiceMessage.objects.filter(key=key).exists():
            self.add_error("key", _("Another service message has this key."))
        data["key"] = key
        return data


class Indented(json.JSONEncoder):
    """As people write it, one entry per line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"indent": 2, "ensure_ascii": False})


class FrameForm(forms.Form):
    """What stands beside the content: who it is from, and the data that previews fill in."""

    sender = forms.ModelChoiceField(
        label=_("Sender"), queryset=Sender.objects.order_by("name"), required=False
    )
    sample = forms.JSONField(
        label=_("Example of the data"),
        required=False,
        encoder=Indented,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_("As the shop sends it, in JSON. Texts read it as {{ data.… }}; previews fill it in."),
        error_messages={"invalid": _("This is not JSON. Look for missing quotation marks and commas.")},
    )

    def clean_sample(self) -> dict[str, Any]:
        value = self.cleaned_data["sample"] or {}
        if not isinstance(value, dict):
            raise forms.ValidationError(_("Begin with { and end with }: names with their values."))
        return value
