"""The channels of a message: one act at a time, and when the next channel is tried."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns import routes
from campaigns.forms.builder import StepForm
from campaigns.models import Campaign
from channels.delivery.choices import UNREAD, with_stored


class ChannelsForm(StepForm):
    action = forms.CharField(max_length=40, required=False)
    unread_after = forms.TypedChoiceField(
        label=_("If it stays unread"), required=False, coerce=int, empty_value=None
    )

    def __init__(self, *args: Any, stored: timedelta | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["unread_after"]
        if isinstance(choice, forms.TypedChoiceField):
            times = [
                (hours, _("next channel after %(time)s") % {"time": label})
                for hours, label in with_stored(UNREAD, stored)
            ]
            choice.choices = [("", _("leave it at that")), *times]

    @classmethod
    def starting(cls, campaign: Campaign) -> dict[str, Any]:
        time = campaign.message.unread_after
        return {"unread_after": int(time.total_seconds() // 3600) if time else None}

    def apply(self, campaign: Campaign) -> None:
        message, hours = campaign.message, self.cleaned_data["unread_after"]
        message.channels = routes.changed(message.channels, self.cleaned_data["action"])
        if "unread_after" in self.data:  # the field is not drawn while there is one channel only
            message.unread_after = timedelta(hours=hours) if hours else None
