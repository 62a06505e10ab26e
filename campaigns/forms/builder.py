"""What the steps of the builder ask."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns import schedule
from campaigns.models import Campaign
from channels.delivery.choices import EXPIRIES, weekdays
from channels.models import Message, Sender, Topic
from config.forms import needed
from customers.models import Segment

NORMAL = 5
PRIORITIES = ((3, _("more important")), (NORMAL, _("normal")), (7, _("less important")))


def nearest(priority: int) -> Any:
    """The word for a priority, also for one that is not offered."""
    return dict(PRIORITIES)[_offered(priority)]


def _offered(priority: int) -> int:
    return min(dict(PRIORITIES), key=lambda each: abs(each - priority))


class NameForm(forms.Form):
    """The first question: what is it called."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("Only colleagues see it, for example “Advent 2026, regulars”."),
    )


class StepForm(forms.Form):
    """A step: filled from the campaign, and written back to it by `apply`."""

    @classmethod
    def starting(cls, campaign: Campaign) -> dict[str, Any]:
        raise NotImplementedError

    def apply(self, campaign: Campaign) -> None:
        raise NotImplementedError


class AudienceForm(StepForm):
    name = forms.CharField(label=_("Name of the campaign"), max_length=120)
    segment = forms.ModelChoiceField(
        Segment.objects.order_by("name"), label=_("Who gets it"), required=False, widget=forms.RadioSelect
    )
    exclusions = forms.ModelMultipleChoiceField(
        Segment.objects.order_by("name"),
        label=_("Who is left out"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needed(self, "segment")

    @classmethod
    def starting(cls, campaign: Campaign) -> dict[str, Any]:
        return {
            "name": campaign.name,
            "segment": campaign.segment_id,
            "exclusions": list(campaign.exclusions.values_list("pk", flat=True)),
        }

    def apply(self, campaign: Campaign) -> None:
        campaign.name = self.cleaned_data["name"]
        campaign.segment = self.cleaned_data["segment"]
        campaign.exclusions.set(self.cleaned_data["exclusions"])


class NeededLater(StepForm):
    """A draft is saved without its fields; the launch needs them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needed(self, *self.fields)


class ContentForm(NeededLater):
    sender = forms.ModelChoiceField(Sender.objects.all(), label=_("From"), required=False)
    topic = forms.ModelChoiceField(
        Topic.objects.all(),
        label=_("Topic"),
        required=False,
        help_text=_("Only people who said yes to this topic get the message."),
    )

    @classmethod
    def starting(cls, campaign: Campaign) -> dict[str, Any]:
        return {"sender": campaign.message.sender_id, "topic": campaign.message.topic_id}

    def apply(self, campaign: Campaign) -> None:
        campaign.message.sender = self.cleaned_data["sender"]
        campaign.message.topic = self.cleaned_data["topic"]


class TimeForm(NeededLater):
    when = forms.ChoiceField(label=_("When"), choices=Campaign.When.choices, widget=forms.RadioSelect)
    day = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    clock = forms.TimeField(
        label=_("Time"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=schedule.zones)
    attribution_days = forms.IntegerField(
        label=_("Orders count for, in days after the click"),
        min_value=1,
        max_value=90,
        help_text=_("An order counts for the campaign whose link was clicked last within this time."),
    )

    best_time = forms.BooleanField(
        label=_("Each person at the hour at which she answers most"),
        required=False,
        help_text=_("Within a day after it begins."),
    )
    priority = forms.TypedChoiceField(
        label=_("Importance"),
        choices=PRIORITIES,
        coerce=int,
        help_text=_(
            "Where the delivery policy leaves room for one message only, the more important one goes first."
        ),
    )
    expires_after = forms.TypedChoiceField(
        label=_("Does not go out any more after"), required=False, coerce=int, empty_value=None
    )
    allowed_days = forms.TypedMultipleChoiceField(
        label=_("Only on these days"),
        choices=weekdays,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("All of them: as the delivery policy says."),
        error_messages={"required": _("Choose at least one day.")},
    )
    any_time = forms.BooleanField(
        label=_("Also in quiet hours"),
        required=False,
        help_text=_("For what people wait for, such as a code they have asked for."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["expires_after"]
        if isinstance(choice, forms.TypedChoiceField):
            choice.choices = [("", _("as the delivery policy says")), *EXPIRIES]

    @classmethod
    def starting(cls, campaign: Campaign) -> dict[str, Any]:
        wall, message = campaign.wall_time, campaign.message
        return {
            "when": campaign.when or Campaign.When.NOW,
            "day": wall.date() if wall else None,
            "clock": wall.time() if wall else time(10, 0),
            "time_zone": campaign.time_zone,
            "attribution_days": campaign.attribution_days,
            "best_time": message.best_time,
            "priority": _offered(message.priority),
            "expires_after": _hours(message.expires_after),
            "allowed_days": list(range(7)) if message.allowed_days is None else message.allowed_days,
            "any_time": message.any_time,
        }

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        if zone not in available_timezones():
            raise forms.ValidationError(_("This time zone does not exist. Choose another one."))
        return zone

    def apply(self, campaign: Campaign) -> None:
        data = self.cleaned_data
        campaign.when = data["when"]
        campaign.time_zone = data["time_zone"]
        campaign.attribution_days = data["attribution_days"]
        campaign.wall_time = None
        if data["day"] and data["clock"]:
            campaign.wall_time = datetime.combine(data["day"], data["clock"], UTC)
        self._apply_policy(campaign.message)

    def _apply_policy(self, message: Message) -> None:
        data = self.cleaned_data
        message.best_time, message.priority = data["best_time"], data["priority"]
        message.expires_after = timedelta(hours=data["expires_after"]) if data["expires_after"] else None
        message.allowed_days = None if len(data["allowed_days"]) == 7 else data["allowed_days"]
        message.any_time = data["any_time"] and message.purpose == Message.Purpose.SERVICE


def _hours(time: timedelta | None) -> int | None:
    return int(time.total_seconds() // 3600) if time else None
