"""Forms for points by hand: a correction, and passing points on."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MOST = 1_000_000
GIVE, TAKE = "give", "take"


class HandForm(forms.Form):
    """`key` makes a form that is sent twice count once."""

    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=MOST)
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Colleagues read it, and the customer when she asks for her data. No names of others."),
        max_length=200,
    )
    key = forms.UUIDField(widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", uuid4())

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"].strip()
        if len(reason) < 3:
            raise forms.ValidationError(
                gettext("Say in a few words why, so that others understand it in a year.")
            )
        return reason

    def caller(self) -> tuple[str, str]:
        return "staff", str(self.cleaned_data["key"])


class CorrectionForm(HandForm):
    direction = forms.ChoiceField(
        label=_("What should happen?"),
        choices=[(GIVE, _("Give points")), (TAKE, _("Take points"))],
        widget=forms.RadioSelect,
        initial=GIVE,
    )
    counts_for_tier = forms.BooleanField(
        label=_("Counts for the tier too"),
        help_text=_("For points that should have been earned by buying. Not for goodwill."),
        required=False,
    )
    field_order = ["direction", "points", "reason", "counts_for_tier"]

    def signed(self) -> int:
        points: int = self.cleaned_data["points"]
        return points if self.cleaned_data["direction"] == GIVE else -points


class TransferForm(HandForm):
    field_order = ["points", "reason"]
