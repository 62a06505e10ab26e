"""What a customer told a member of staff: no more of this."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from channels.models import Channel, Purpose, Topic
from channels.withdrawals import Cell
from config.forms import needed

EVERYTHING, OBJECTION, TRACKING = "everything", "objection", "tracking"


def scopes() -> list[tuple[str, Any]]:
    language = get_language() or "en"
    topics = [(f"topic:{each.pk}", each.name_in(language)) for each in Topic.objects.all()]
    return [
        *topics,
        (EVERYTHING, _("all advertising")),
        (OBJECTION, _("objection: no advertising any more, on any channel and to any of her addresses")),
        (TRACKING, Purpose.TRACKING.label),
    ]


class WithdrawalForm(forms.Form):
    scope = forms.ChoiceField(
        label=_("What does she no longer want?"), choices=scopes, widget=forms.RadioSelect
    )
    channels = forms.MultipleChoiceField(
        label=_("On which channels?"),
        choices=Channel.choices,
        initial=Channel.values,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("An objection holds for all of them, and for whoever comes with such an address later."),
    )
    how = forms.CharField(
        label=_("How did she say so?"),
        max_length=200,
        help_text=_("Such as “by phone”, “letter of 3 May”, “at the till”. This is the proof."),
    )
    on = forms.DateTimeField(
        label=_("When?"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text=_("What she herself agreed to after this time stays valid."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("on", timezone.localtime().replace(second=0, microsecond=0))
        needed(self, "channels")

    def clean_on(self) -> Any:
        on = self.cleaned_data["on"]
        if on > timezone.now() + timedelta(minutes=1):
            raise forms.ValidationError(_("This is in the future."))
        return on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not (self.objects or cleaned.get("channels") or self.errors):
            self.add_error("channels", _("Choose at least one channel."))
        return cleaned

    @property
    def objects(self) -> bool:
        return self.cleaned_data.get("scope") == OBJECTION

    @property
    def cells(self) -> list[Cell]:
        """What she said no to, where it is no objection."""
        scope: str = self.cleaned_data["scope"]
        purpose = Purpose.TRACKING if scope == TRACKING else Purpose.SENDING
        topic_id = int(scope.partition(":")[2]) if scope.startswith("topic:") else None
        return [Cell(channel, purpose, topic_id) for channel in self.cleaned_data["channels"]]
