"""Under which names the DKIM keys of a domain stand."""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.models import SendingDomain

if TYPE_CHECKING:
    Base = forms.ModelForm[SendingDomain]
else:
    Base = forms.ModelForm
SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?", re.IGNORECASE)
ENDING = re.compile(r"\._domainkey\b.*", re.IGNORECASE)
MOST = 5


class ReleaseForm(forms.Form):
    note = forms.CharField(label=gettext_lazy("What was changed?"), max_length=300, required=False)

    def __init__(self, *args: Any, stopped: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = stopped
        self.fields["note"].help_text = _("It is kept in the log.")


class SelectorForm(Base):
    class Meta:
        model = SendingDomain
        fields = ["selectors"]

    def clean_selectors(self) -> str:
        """What people paste is often the whole name of the record: the selector is its beginning."""
        words = re.split(r"[,;\s]+", self.cleaned_data["selectors"])
        found = list(dict.fromkeys(ENDING.sub("", word).strip(".") for word in words if word))
        for word in found:
            if not SELECTOR.fullmatch(word):
                raise forms.ValidationError(_("“%(word)s” is no selector.") % {"word": word})
        if len(found) > MOST:
            raise forms.ValidationError(_("Five selectors are enough."))
        return ", ".join(found)
