from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.models import Event
from customers.segments.params import ParamsForm
from loyalty.earning_rules import fields
from loyalty.earning_rules.base import EarningRule, Limit, Params, earning_rules


class BehaviourForm(ParamsForm):
    event = forms.ChoiceField(label=_("what somebody does"), choices=Event.Kind.choices)
    name = forms.CharField(
        label=_("name of the event"),
        help_text=_("As the shop reports it, such as review or sign_up. Empty: any name."),
        required=False,
        max_length=120,
    )
    points = forms.IntegerField(label=_("points"), min_value=1, max_value=10_000)
    most_a_day = forms.IntegerField(label=_("at most so often a day"), min_value=1, required=False)
    most_a_week = forms.IntegerField(label=_("at most so often a week"), min_value=1, required=False)
    most_a_month = forms.IntegerField(label=_("at most so often a month"), min_value=1, required=False)


@earning_rules.register
class Behaviour(EarningRule):
    """Points for a review, a visit, a sign-up: whatever a shop reports as an event."""

    key = "behaviour"
    label = _("Points for what somebody does")
    help = _("A review, a sign-up, a visit to the store: whatever the shop reports, as often as you like.")
    icon = "star"
    Form = BehaviourForm

    def words(self, params: Params) -> str:
        kind = str(dict(Event.Kind.choices).get(params["event"], params["event"]))
        about = f"{kind} (“{params['name']}”)" if params["name"] else kind
        said = {
            "day": gettext("at most %s a day"),
            "week": gettext("at most %s a week"),
            "month": gettext("at most %s a month"),
        }
        caps = [said[each.period] % each.most for each in self.limits(params)]
        return ", ".join([f"{fields.points(params['points'])}: {about}", *caps])

    def event(self, params: Params) -> tuple[str, str]:
        return params["event"], params["name"]

    def event_points(self, params: Params) -> int:
        return int(params["points"])

    def limits(self, params: Params) -> list[Limit]:
        periods = ("day", "week", "month")
        return [Limit(each, most) for each in periods if (most := params[f"most_a_{each}"])]
