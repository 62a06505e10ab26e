from datetime import datetime

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import BEHAVIOUR, Params, ProfileCondition, conditions
from customers.segments.figures import OrderMomentForm, moment_test
from customers.segments.sql import Sql

WHAT = {
    "event": (gettext_lazy("something done"), Sql("s.last_event_at")),
    "view": (gettext_lazy("a product viewed"), Sql("s.last_view_at")),
    "search": (gettext_lazy("a search"), Sql("s.last_search_at")),
    "favourite": (gettext_lazy("a favourite added"), Sql("s.last_favourite_at")),
    "cart": (gettext_lazy("a change of the cart"), Sql("s.last_cart_at")),
    "visit": (gettext_lazy("a visit of a store"), Sql("s.last_visit_at")),
    "open": (gettext_lazy("the app opened"), Sql("s.last_open_at")),
}


class LastBehaviourForm(OrderMomentForm):
    what = forms.ChoiceField(
        label=gettext_lazy("what"),
        choices=[(key, label) for key, (label, _column) in WHAT.items()],
        initial="event",
    )
    field_order = ["what", "operator", "days", "date", "until"]


@conditions.register
class LastBehaviour(ProfileCondition):
    key = "last_behaviour"
    label = gettext_lazy("Last did something")
    group = BEHAVIOUR
    help = gettext_lazy("When somebody last did something of this kind. Who never did fits only “never”.")
    Form = LastBehaviourForm
    fact = gettext_lazy("event of this kind")

    def test_sql(self, params: Params, at: datetime) -> Sql:
        return moment_test(WHAT[params["what"]][1], params, at)

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        return WHAT[params["what"]][1]

    def words(self, params: Params) -> str:
        return _("last time of %(what)s: %(when)s") % {
            "what": WHAT[params["what"]][0],
            "when": phrases.moment(params),
        }
