from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Event
from customers.segments.params import ParamsForm
from loyalty.earning_rules.base import EarningRule, Limit, Params, earning_rules


class BehaviourForm(ParamsForm):
    event = forms.ChoiceField(label=_("what somebody does"), choices=Event.Kind.choices)
    name = forms.CharField(label=_("name of the event"), required=False, max_length=120)
    points = forms.IntegerField(label=_("points"), min_value=1, max_value=10_000)
    most_a_day = forms.IntegerField(label=_("at most so often a day"), min_value=1, required=False)
    most_a_week = forms.IntegerField(label=_("at most so often a week"), min_value=1, required=False)
    most_a_month = forms.IntegerField(label=_("at most so often a month"), min_value=1, required=False)


@earning_rules.register
class Behaviour(EarningRule):
    """Points for a review, a visit, a sign-up: whatever a shop reports as an event."""

    key = "behaviour"
    label = _("Points for what somebody does")
    Form = BehaviourForm

    def event(self, params: Params) -> tuple[str, str]:
        return params["event"], params["name"]

    def event_points(self, params: Params) -> int:
        return int(params["points"])

    def limits(self, params: Params) -> list[Limit]:
        periods = ("day", "week", "month")
        return [Limit(each, most) for each in periods if (most := params[f"most_a_{each}"])]
