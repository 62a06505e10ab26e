from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from customers.models import Event
from customers.segments import comparing, phrases, subjects
from customers.segments.conditions import BEHAVIOUR, Condition, Params, conditions, people
from customers.segments.figures import CountForm
from customers.segments.sql import Sql, every, sql
from customers.segments.subjects import SubjectForm

NAMED = frozenset({Event.Kind.PAGE, Event.Kind.SCREEN, Event.Kind.CUSTOM})
ROLLED_UP = {
    str(Event.Kind.VIEW): Sql("s.last_view_at"),
    str(Event.Kind.SEARCH): Sql("s.last_search_at"),
    str(Event.Kind.FAVOURITE): Sql("s.last_favourite_at"),
    str(Event.Kind.VISIT): Sql("s.last_visit_at"),
}
UNBOUGHT = """
    NOT EXISTS (SELECT 1 FROM customers_orderline l JOIN customers_order o ON o.id = l.order_id
                WHERE l.product_id = e.product_id AND o.customer_id = e.customer_id AND o.kind = 'order'
                  AND o.placed_at >= e.at)
"""


class BehaviourForm(CountForm, SubjectForm):
    kind = forms.ChoiceField(label=gettext_lazy("what"), choices=Event.Kind.choices, initial=Event.Kind.VIEW)
    name = forms.CharField(label=gettext_lazy("name"), max_length=120)
    bought = forms.ChoiceField(
        label=gettext_lazy("and"),
        choices=[
            ("any", gettext_lazy("bought or not")),
            ("not_since", gettext_lazy("not bought since")),
        ],
        initial="any",
    )
    shown = CountForm.shown | SubjectForm.shown | {"name": ("kind", frozenset(map(str, NAMED)))}
    field_order = ["kind", "name", "subject", "products", "categories", *CountForm.field_order, "bought"]


@conditions.register
class Behaviour(Condition):
    """How often somebody did something. `bought` leaves out what she bought at that moment or later."""

    key = "behaviour"
    label = gettext_lazy("Did something")
    group = BEHAVIOUR
    help = gettext_lazy(
        "How often somebody viewed, searched, liked, put into the cart, visited a store and so on. Who did nothing "
        "has 0 times. “Not bought since” counts only products that she has not ordered from that moment on."
    )
    Form = BehaviourForm

    def test_sql(self, params: Params, at: datetime) -> Sql | None:
        """At least once lately, whatever it was about: the roll-up row has the last time."""
        column = ROLLED_UP.get(params["kind"])
        often = (params["operator"], params["number"], params["window"]) != ("at_least", 1, "days")
        if column is None or often or (params["subject"], params["bought"]) != ("any", "any"):
            return None
        keep = settings.EVENT_KEEP_DAYS
        if params["days"] > keep.get(params["kind"], keep["other"]):
            return None  # it knows of events that are forgotten
        return comparing.in_window(column, params, at)

    def set_sql(self, params: Params, at: datetime) -> Sql:
        if (rolled_up := self.test_sql(params, at)) is not None:
            return people(rolled_up)
        test = self._test(params)
        found = sql(
            "SELECT e.customer_id FROM customers_event e WHERE {} GROUP BY e.customer_id",
            self._counted(params, at, Sql("e.customer_id IS NOT NULL")),
        )
        if comparing.holds_for_zero(params["operator"], *self._limits(params)):
            others = sql("{} HAVING NOT ({})", found, test)
            return people(sql("NOT EXISTS (SELECT 1 FROM ({}) x (id) WHERE x.id = c.id)", others))
        return sql("{} HAVING {}", found, test)

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        if (rolled_up := self.test_sql(params, at)) is not None:
            return sql("({}) IS TRUE", rolled_up)
        whose = self._counted(params, at, Sql("e.customer_id = c.id"))
        return sql("(SELECT {} FROM customers_event e WHERE {})", self._test(params), whose)

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        whose = self._counted(params, at, Sql("e.customer_id = c.id"))
        return sql("(SELECT count(*) FROM customers_event e WHERE {})", whose)

    def seen_words(self, value: Any, params: Params) -> str:
        return ngettext("%s time", "%s times", value) % formats.number(value)

    def _limits(self, params: Params) -> tuple[Any, Any]:
        return params["number"], params.get("upper")

    def _test(self, params: Params) -> Sql:
        return comparing.compare(Sql("count(*)"), params["operator"], *self._limits(params))

    def _counted(self, params: Params, at: datetime, whose: Sql) -> Sql:
        tests = [whose, sql("e.kind = {}", params["kind"]), comparing.in_window(Sql("e.at"), params, at)]
        if params["kind"] in NAMED:
            tests.append(sql("e.name = {}", params["name"]))
        if params["subject"] != "any":
            tests.append(subjects.test(Sql("e.product_id"), params))
        if params["bought"] == "not_since":
            tests.append(Sql(UNBOUGHT))
        return every(tests)

    def words(self, params: Params) -> str:
        what = str(Event.Kind(params["kind"]).label)
        if params["kind"] in NAMED:
            what = f"{what}: {params['name']}"
        times = ngettext("%s time", "%s times", phrases.last_number(params)) % phrases.amount(params)
        bought = _("not bought since") if params["bought"] == "not_since" else ""
        said = phrases.joined(_("“%s”") % what, subjects.attribute(params), times, phrases.window(params))
        return phrases.both([said, bought]) if bought else said
