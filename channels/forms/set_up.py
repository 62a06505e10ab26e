"""Forms of topics, senders and provider accounts."""

import re
from typing import TYPE_CHECKING, Any, cast

from babel import Locale
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.backends.base import Backend
from channels.models import Account, Channel, Sender, Topic
from config import formats
from config.forms import KEY_ERRORS
from customers.models import Shop

if TYPE_CHECKING:
    TopicBase = forms.ModelForm[Topic]
    SenderBase = forms.ModelForm[Sender]
    AccountBase = forms.ModelForm[Account]
else:
    TopicBase = SenderBase = AccountBase = forms.ModelForm


def language_name(code: str) -> str:
    """The language's name in the reader's language."""
    return str(Locale.parse(formats.language()).languages.get(code, code))


class TopicForm(TopicBase):
    """A topic, with one name per language of the shop."""

    class Meta:
        model = Topic
        fields = ["key", "position"]
        error_messages = {"key": KEY_ERRORS}
        help_texts = {
            "key": _(
                "Short and lasting, such as newsletter: imports and other systems name the topic by it."
            ),
            "position": _("Smaller numbers stand first where people choose."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.languages = list(dict.fromkeys([*Shop.current().languages, *self.instance.names]))
        for code in self.languages:
            label = _("Name (%(language)s)") % {"language": language_name(code)}
            self.fields[f"name_{code}"] = forms.CharField(
                label=label,
                max_length=80,
                required=code == self.languages[0],
                initial=self.instance.names.get(code, ""),
            )
        self.order_fields([*(f"name_{code}" for code in self.languages), "key", "position"])

    def save(self, commit: bool = True) -> Topic:
        written = {code: self.cleaned_data[f"name_{code}"] for code in self.languages}
        self.instance.names = {code: name for code, name in written.items() if name}
        return super().save(commit)


def without_breaks(text: str) -> str:
    """For what ends up in a mail's header."""
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise forms.ValidationError(_("Line breaks and control characters are not possible here."))
    return text


class SenderForm(SenderBase):
    class Meta:
        model = Sender
        fields = ["name", "email", "reply_to", "account"]
        help_texts = {
            "name": _("What stands as sender in the customer's mailbox."),
            "email": _("Its domain needs SPF, DKIM and DMARC at the provider, or mails end as spam."),
            "reply_to": _("Where answers go. Empty: to the sender's address."),
            "account": _("The provider account that carries the messages."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = cast("forms.ModelChoiceField[Account]", self.fields["account"])
        accounts.queryset = Account.objects.filter(channel=Channel.EMAIL)

    def clean_name(self) -> str:
        return without_breaks(self.cleaned_data["name"])


class AccountForm(AccountBase):
    """A provider account with the fields that its provider needs; passwords are never stored here."""

    class Meta:
        model = Account
        fields = ["name", "channel", "per_second"]

    def __init__(self, *args: Any, backend: Backend, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.backend = backend
        labels = dict(Channel.choices)
        self.fields["channel"] = forms.ChoiceField(
            label=_("Channel"), choices=[(key, labels[Channel(key)]) for key in backend.channels]
        )
        if len(backend.channels) == 1:
            self.fields["channel"].widget = forms.HiddenInput()
            self.initial["channel"] = backend.channels[0]  # a new account's own default is e-mail
        self.provider = backend.Form(self.data if self.is_bound else None)
        self.own = list(self.provider.fields)
        for name, field in self.provider.fields.items():
            self.fields[name] = field
            self.fields[name].initial = self.instance.settings.get(name, field.initial)
        self.order_fields(["name", "channel", *self.own, "per_second"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (cleaned.get("per_second") or 1) < 1:
            self.add_error("per_second", _("At least one a second; leave it empty for no limit."))
        for name, faults in self.provider.errors.as_data().items():
            if name not in self.errors:  # else the field has said it itself
                self.add_error(name, faults)
        cleaned |= {name: self.provider.cleaned_data.get(name, "") for name in self.own if name in cleaned}
        given = {name: cleaned[name] for name in self.own if name in cleaned}
        for name, sentence in self.backend.complaints(given, cleaned.get("channel", "")):
            self.add_error(name, sentence)
        return cleaned

    def save(self, commit: bool = True) -> Account:
        given = {name: self.cleaned_data[name] for name in self.own if self.cleaned_data.get(name)}
        kept = {key: value for key, value in self.instance.settings.items() if key not in self.own}
        self.instance.settings = kept | given
        self.instance.backend = self.backend.key
        saved = super().save(commit)
        self.backend.saved(saved, timezone.now())
        return saved


class PauseForm(forms.Form):
    reason = forms.CharField(
        label=_("Why?"),
        max_length=300,
        help_text=_("It stands beside the account until somebody resumes it."),
    )
