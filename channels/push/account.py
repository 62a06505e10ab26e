"""What an account for web push is made of, and how people fill it in."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

DAYS, ASK_AGAIN = 3, 30
CONTACT = re.compile(r"[^\s@:]+@[^\s@:]+\.[^\s@:]+|https://[^\s/]+\S*")


class WebPushForm(forms.Form):
    contact = forms.CharField(
        label=_("Contact"),
        max_length=200,
        help_text=_(
            "An e-mail address at which Google, Mozilla, Apple and Microsoft reach you if something is wrong."
        ),
    )
    days = forms.IntegerField(
        label=_("Days that a message may wait"),
        min_value=1,
        max_value=28,
        initial=DAYS,
        help_text=_("For a device that is off. A message never arrives after its own end."),
    )
    ask_again = forms.IntegerField(
        label=_("Days until somebody who said “not now” is asked again"),
        min_value=1,
        max_value=365,
        initial=ASK_AGAIN,
    )
