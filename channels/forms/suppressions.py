"""Forms of the suppression list."""

from functools import partial

from django import forms
from django.utils.translation import gettext_lazy as _

from channels import block_lists, typed
from channels.models import Suppression
from customers.imports.faults import FileRefused
from customers.models import Shop


class SuppressForm(forms.Form):
    address = forms.CharField(
        label=_("E-mail address or telephone number"),
        max_length=254,
        help_text=_("A number is blocked for SMS and WhatsApp alike."),
    )
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

    def clean_address(self) -> typed.Typed:
        text: str = self.cleaned_data["address"]
        found = typed.either(text, Shop.current().country)
        if found is not None:
            return found
        if "@" not in text and any(map(str.isdigit, text)):
            raise forms.ValidationError(
                _("This is no telephone number. Enter it with its country code, such as +49 170 1234567.")
            )
        raise forms.ValidationError(_("This is no e-mail address. Enter it whole, such as anna@example.org."))


class BlockListForm(forms.Form):
    MAILS, NUMBERS = "mails", "numbers"
    # A number takes some ten times as long to read as a mail address.
    MOST_MEGABYTES = {MAILS: 20, NUMBERS: 3}
    NOTHING = {
        MAILS: _("No line of the file holds an e-mail address."),
        NUMBERS: _("No line of the file holds a telephone number."),
    }

    holds = forms.ChoiceField(
        label=_("What does it hold?"),
        choices=[
            (MAILS, _("E-mail addresses")),
            (NUMBERS, _("Telephone numbers, blocked for SMS and WhatsApp alike")),
        ],
        widget=forms.RadioSelect,
        initial=MAILS,
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("Text or CSV with one of them a line, in whatever column."),
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
        file, holds = self.cleaned_data["file"], self.cleaned_data.get("holds", self.MAILS)
        most = self.MOST_MEGABYTES[holds]
        if file.size > most * 1_000_000:
            raise forms.ValidationError(
                _("The file is larger than %(most)s MB. Split it and upload the parts."),
                params={"most": most},
            )
        try:
            reading = block_lists.read(file.read(), self._find(holds))
        except (FileRefused, UnicodeDecodeError) as error:
            raise forms.ValidationError(
                _("This is no text file. Save it as CSV and upload it again.")
            ) from error
        if not reading.addresses:
            raise forms.ValidationError(self.NOTHING[holds])
        return reading

    def _find(self, holds: str) -> block_lists.Find:
        if holds == self.MAILS:
            return block_lists.first_mail
        return partial(block_lists.first_number, region=Shop.current().country)


class ReleaseForm(forms.Form):
    reason = forms.CharField(
        label=_("Why may this address be written to again?"),
        max_length=200,
        help_text=_("It goes into the audit log. Consent is needed all the same."),
    )
