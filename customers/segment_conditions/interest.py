"""How much somebody has to do with a product or a category, in points: looking counts little, buying most."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from customers.models import Event
from customers.segments import comparing, phrases, subjects
from customers.segments.comparing import WindowForm
from customers.segments.conditions import BEHAVIOUR, Condition, Params, conditions
from customers.segments.figures import LINES, ORDERED
from customers.segments.sql import Sql, every, join, sql
from customers.segments.subjects import SubjectForm

POINTS = {Event.Kind.VIEW: 1, Event.Kind.FAVOURITE: 3, Event.Kind.CART_ADD: 3}
BOUGHT = 5


class InterestForm(SubjectForm, WindowForm):
    points = forms.IntegerField(
        label=gettext_lazy("points, at least"), min_value=1, max_value=10_000, initial=5
    )
    window = forms.ChoiceField(label=gettext_lazy("period"), choices=comparing.WINDOWS, initial="days")
    shown = SubjectForm.shown | WindowForm.shown
    field_order = ["subject", "products", "categories", "points", "window", "days", "since", "until"]


@conditions.register
class Interest(Condition):
    key = "interest"
    label = gettext_lazy("Is interested in")
    group = BEHAVIOUR
    help = gettext_lazy(
        "Points for what somebody did with such products: viewed 1, added to favourites 3, put into the cart 3, "
        "each product in an order 5."
    )
    Form = InterestForm

    def set_sql(self, params: Params, at: datetime) -> Sql:
        counted = join(
            " UNION ALL ",
            [
                *(
                    sql("SELECT e.customer_id, {}::int * count(*) {} GROUP BY e.customer_id", points, found)
                    for points, found in self._events(params, at, Sql("e.customer_id IS NOT NULL"))
                ),
                sql(
                    "SELECT o.customer_id, {}::int * count(*) {} GROUP BY o.customer_id",
                    BOUGHT,
                    self._lines(params, at, Sql("o.customer_id IS NOT NULL")),
                ),
            ],
        )
        return sql(
            "SELECT x.customer_id FROM ({}) x (customer_id, points) GROUP BY x.customer_id HAVING sum(x.points) >= {}",
            counted,
            params["points"],
        )

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        return sql("{} >= {}", self.seen_sql(params, at), params["points"])

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        events = self._events(params, at, Sql("e.customer_id = c.id"))
        lines = self._lines(params, at, Sql("o.customer_id = c.id"))
        parts = [
            *(sql("{}::int * (SELECT count(*) {})", points, found) for points, found in events),
            sql("{}::int * (SELECT count(*) {})", BOUGHT, lines),
        ]
        return sql("({})", join(" + ", parts))

    def seen_words(self, value: Any, params: Params) -> str:
        return ngettext("%s point", "%s points", value) % formats.number(value)

    def _events(self, params: Params, at: datetime, whose: Sql) -> list[tuple[int, Sql]]:
        """Kind by kind, since each has an index of its own."""
        about = Sql("e.product_id IS NOT NULL")
        within = comparing.in_window(Sql("e.at"), params, at)
        what = subjects.test(Sql("e.product_id"), params)
        return [
            (
                points,
                sql(
                    "FROM customers_event e WHERE {}",
                    every([whose, sql("e.kind = {}", kind), about, within, what]),
                ),
            )
            for kind, points in POINTS.items()
        ]

    def _lines(self, params: Params, at: datetime, whose: Sql) -> Sql:
        within = comparing.in_window(Sql("o.placed_at"), params, at)
        what = subjects.test(Sql("l.product_id"), params)
        return sql("FROM {} WHERE {}", LINES, every([whose, ORDERED, within, what]))

    def words(self, params: Params) -> str:
        points = ngettext("at least %s point", "at least %s points", params["points"])
        what = subjects.words(params) or _("any product")
        said = _("interest in %(what)s, %(points)s") % {
            "what": what,
            "points": points % formats.number(params["points"]),
        }
        return phrases.joined(said, phrases.window(params))
