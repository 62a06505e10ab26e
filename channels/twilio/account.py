"""What an account at Twilio is made of, and how people fill it in."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}", re.ASCII)
SERVICE_SID = re.compile(r"MG[0-9a-f]{32}", re.ASCII)
NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
SHORT_CODE = re.compile(r"\d{3,8}", re.ASCII)
# Letters, digits and a few signs, with one letter at least. Nobody can answer such a sender.
WORD = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}", re.ASCII)


class TwilioForm(forms.Form):
    account_sid = forms.RegexField(
        ACCOUNT_SID,
        label=_("Account SID"),
        help_text=_("From Twilio's console: AC and 32 digits and letters."),
        error_messages={"invalid": _("An account SID is AC followed by 32 digits and letters from a to f.")},
    )
    sender = forms.CharField(
        label=_("Sender"),
        max_length=20,
        required=False,
        help_text=_(
            "A number such as +493012345678, a short code, or for SMS a word of up to 11 letters,"
            " which nobody can answer."
        ),
    )
    messaging_service = forms.RegexField(
        SERVICE_SID,
        label=_("Messaging service"),
        required=False,
        help_text=_("Instead of a sender, if Twilio is to choose it: MG and 32 digits and letters."),
        error_messages={
            "invalid": _("A messaging service is MG followed by 32 digits and letters from a to f.")
        },
    )
