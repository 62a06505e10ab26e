"""What a customer told a member of staff: no more of this."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from channels.models import Purpose, Topic

EVERYTHING, OBJECTION, TRACKING = "everything", "objection", "tracking"


def scopes() -> list[tuple[str, Any]]:
    language = get_language() or "en"
    topics = [(f"topic:{each.pk}", each.name_in(language)) for each in Topic.objects.all()]
    return [
        *topics,
        (EVERYTHING, _("all advertising by e-mail")),
        (OBJECTION, _("objection: never write to this address again, whoever it belongs to")),
        (TRACKING, Purpose.TRACKING.label),
    ]


class WithdrawalForm(forms.Form):
    scope = forms.ChoiceField(
        label=_("What does she no longer want?"), choices=scopes, widget=forms.RadioSelect
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

    def clean_on(self) -> Any:
        on = self.cleaned_data["on"]
        if on > timezone.now() + timedelta(minutes=1):
            raise forms.ValidationError(_("This is in the future."))
        return on
