"""Forms of topics, senders, provider accounts and the suppression list."""

import re
from typing import TYPE_CHECKING, Any

from babel import Locale
from django import forms
from django.utils.translation import gettext_lazy as _

from channels import block_lists
from channels.backends.base import backends
from channels.models import Account, Sender, Suppression, Topic
from config import formats
from customers.imports.faults import FileRefused
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

    def clean_name(self) -> str:
        return without_breaks(self.cleaned_data["name"])


SECURITY = [
    ("starttls", _("STARTTLS (usual, port 587)")),
    ("tls", _("TLS from the start (port 465)")),
    ("none", _("none (only inside one's own network)")),
]


class AccountForm(AccountBase):
    """A provider account. The server's fields matter to SMTP only; passwords are never stored here."""

    backend = forms.ChoiceField(label=_("Provider"))
    host = forms.CharField(label=_("Server"), max_length=200, required=False, help_text=_("For SMTP."))
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, required=False)
    security = forms.ChoiceField(label=_("Encryption"), choices=SECURITY, required=False)
    username = forms.CharField(label=_("User name"), max_length=200, required=False)

    class Meta:
        model = Account
        fields = ["name", "backend", "per_second"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["backend"]
        if isinstance(choice, forms.ChoiceField):
            choice.choices = [(each.key, each.label) for each in backends]
        for name in ("host", "port", "security", "username"):
            self.fields[name].initial = self.instance.settings.get(name)
        self.order_fields(["name", "backend", "host", "port", "security", "username", "per_second"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("backend") == "smtp" and not cleaned.get("host"):
            self.add_error("host", _("Which server takes the mails? SMTP needs its name."))
        if (cleaned.get("per_second") or 1) < 1:
            self.add_error("per_second", _("At least one a second; leave it empty for no limit."))
        return cleaned

    def save(self, commit: bool = True) -> Account:
        server = {name: self.cleaned_data.get(name) for name in ("host", "port", "security", "username")}
        given = {name: value for name, value in server.items() if value}
        kept = {key: value for key, value in self.instance.settings.items() if key not in server}
        self.instance.settings = kept | given if self.cleaned_data["backend"] == "smtp" else kept
        return super().save(commit)


class PauseForm(forms.Form):
    reason = forms.CharField(
        label=_("Why?"),
        max_length=300,
        help_text=_("It stands beside the account until somebody resumes it."),
    )


class SuppressForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[
            (each.value, each.label) for each in (Suppression.Reason.OBJECTION, Suppression.Reason.STAFF)
        ],
        widget=forms.RadioSelect,
        initial=Suppression.Reason.OBJECTION,
    )
    source = forms.CharField(
        label=_("How do we know?"),
        max_length=80,
        help_text=_("Such as “letter of 3 May”. No names or addresses: this outlives the person's erasure."),
    )


class BlockListForm(forms.Form):
    MOST_BYTES = 20_000_000

    file = forms.FileField(
        label=_("File"),
        help_text=_("Text or CSV with one address a line, in whatever column."),
        error_messages={"required": _("Choose a file.")},
    )
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[
            (each.value, each.label)
            for each in (Suppression.Reason.OBJECTION, Suppression.Reason.STAFF, Suppression.Reason.BOUNCE)
        ],
        widget=forms.RadioSelect,
        initial=Suppression.Reason.OBJECTION,
    )
    source = forms.CharField(
        label=_("Where it comes from"),
        max_length=80,
        help_text=_("Such as “opt-outs of the old system”. No names or addresses: this outlives erasure."),
    )

    def clean_file(self) -> block_lists.Reading:
        file = self.cleaned_data["file"]
        if file.size > self.MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB. Split it and upload the parts."))
        try:
            reading = block_lists.read(file.read())
        except (FileRefused, UnicodeDecodeError) as error:
            raise forms.ValidationError(
                _("This is no text file. Save it as CSV and upload it again.")
            ) from error
        if not reading.addresses:
            raise forms.ValidationError(_("No line of the file holds an e-mail address."))
        return reading


class ReleaseForm(forms.Form):
    reason = forms.CharField(
        label=_("Why may this address be written to again?"),
        max_length=200,
        help_text=_("It goes into the audit log. Consent is needed all the same."),
    )
