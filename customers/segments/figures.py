"""The bases of conditions on orders: a figure to compare, the time of an order, something bought."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from config import formats
from customers.segments import comparing
from customers.segments.comparing import MOMENTS, AmountForm, MomentForm, MoneyForm, WindowForm
from customers.segments.conditions import ORDERS, Condition, Params, ProfileCondition, people
from customers.segments.sql import Sql, join, sql

ORDERED = Sql("o.kind = 'order'")


class CountForm(AmountForm, WindowForm):
    shown = AmountForm.shown | WindowForm.shown
    field_order = ["operator", "number", "upper", "window", "days", "since", "until"]


class SumForm(MoneyForm, WindowForm):
    shown = AmountForm.shown | WindowForm.shown
    field_order = CountForm.field_order


class Figure(Condition):
    """A figure of somebody's orders, from the roll-up row `s` for all time, else from her orders `o`.

    `nothing_is_zero`: who has no orders has the figure 0 (a count, a sum) rather than none (an average).
    """

    group = ORDERS
    stats: Sql
    aggregate: Sql
    orders: Sql = Sql("true")
    nothing_is_zero: bool = True

    def limits(self, params: Params) -> tuple[Any, Any]:
        return params["number"], params.get("upper")

    def test_sql(self, params: Params, at: datetime) -> Sql | None:
        if params["window"] != "all":
            return None
        test = self._test(params)
        return sql("({}) IS NOT FALSE", test) if self._with_nothing(params) else test

    def set_sql(self, params: Params, at: datetime) -> Sql:
        if (test := self.test_sql(params, at)) is not None:
            return people(test)
        if self._with_nothing(params):
            return people(self._none_other(params, at))
        return sql("{} HAVING {}", self._grouped(params, at), self._test(params))

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        if (test := self.test_sql(params, at)) is not None:
            return sql("({}) IS TRUE", test)
        source = sql("customers_order o WHERE o.customer_id = c.id AND {}", self._counted(params, at))
        return sql("coalesce((SELECT {} FROM {}), false)", self._test(params), source)

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        source = sql("customers_order o WHERE o.customer_id = c.id AND {}", self._counted(params, at))
        of_orders = sql("(SELECT {} FROM {})", self.aggregate, source)
        found = self.stats if params["window"] == "all" else of_orders
        return sql("coalesce({}, 0)", found) if self.nothing_is_zero else found

    def _with_nothing(self, params: Params) -> bool:
        return self.nothing_is_zero and comparing.holds_for_zero(params["operator"], *self.limits(params))

    def _test(self, params: Params) -> Sql:
        value = self.stats if params["window"] == "all" else self.aggregate
        return comparing.compare(value, params["operator"], *self.limits(params))

    def _counted(self, params: Params, at: datetime) -> Sql:
        return sql("{} AND {}", self.orders, comparing.in_window(Sql("o.placed_at"), params, at))

    def _grouped(self, params: Params, at: datetime) -> Sql:
        source = Sql("SELECT o.customer_id FROM customers_order o WHERE o.customer_id IS NOT NULL AND ")
        return sql("{}{} GROUP BY o.customer_id", source, self._counted(params, at))

    def _none_other(self, params: Params, at: datetime) -> Sql:
        """Zero fits: everybody except those whose orders give another figure."""
        others = sql("{} HAVING NOT ({})", self._grouped(params, at), self._test(params))
        return sql("NOT EXISTS (SELECT 1 FROM ({}) x (id) WHERE x.id = c.id)", others)


class OrderMomentForm(MomentForm):
    operator = forms.ChoiceField(label=_("when"), choices=[*MOMENTS, ("never", _("never"))], initial="within")


def moment_test(column: Sql, params: Params, at: datetime) -> Sql:
    """Of a time in the roll-up row, by an `OrderMomentForm`."""
    if params["operator"] == "never":
        return sql("{} IS NULL", column)
    return comparing.at_moment(column, params, at)


class OrderMoment(ProfileCondition):
    """When somebody's first or last order was; `column` is of the roll-up row `s`."""

    group = ORDERS
    Form = OrderMomentForm
    fact = _("order")
    column: Sql

    def test_sql(self, params: Params, at: datetime) -> Sql:
        return moment_test(self.column, params, at)

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        return self.column


class BoughtForm(WindowForm):
    times = forms.IntegerField(label=_("orders, at least"), min_value=1, max_value=1000, initial=1)
    field_order = ["times", "window", "days", "since", "until"]


class Bought(Condition):
    """Orders (not refunds) that contain something, at least so many of them. `source` calls orders `o`."""

    group = ORDERS

    def source(self, params: Params) -> tuple[Sql, Sql]:
        """The FROM part, with orders as `o`, and the test of what is looked for."""
        raise NotImplementedError

    def set_sql(self, params: Params, at: datetime) -> Sql:
        found = self._found(params, at, Sql("o.customer_id IS NOT NULL"))
        if params["times"] == 1:
            return sql("SELECT DISTINCT o.customer_id {}", found)
        enough = sql("GROUP BY o.customer_id HAVING count(DISTINCT o.id) >= {}", params["times"])
        return sql("SELECT o.customer_id {} {}", found, enough)

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        found = self._found(params, at, Sql("o.customer_id = c.id"))
        if params["times"] == 1:
            return sql("EXISTS (SELECT 1 {})", found)
        return sql("(SELECT count(DISTINCT o.id) {}) >= {}", found, params["times"])

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        found = self._found(params, at, Sql("o.customer_id = c.id"))
        return sql("(SELECT count(DISTINCT o.id) {})", found)

    def seen_words(self, value: Any, params: Params) -> str:
        return ngettext("%s order", "%s orders", value) % formats.number(value)

    def _found(self, params: Params, at: datetime, whose: Sql) -> Sql:
        orders, what = self.source(params)
        tests = [whose, ORDERED, what, comparing.in_window(Sql("o.placed_at"), params, at)]
        return sql("FROM {} WHERE {}", orders, join(" AND ", tests))


LINES = Sql("customers_order o JOIN customers_orderline l ON l.order_id = o.id")


def nth_newest(params: Params, at: datetime) -> Sql | None:
    """At least n orders in the last days, without counting: the n-th newest lies in them (n up to 10)."""
    number = params["number"]
    if (params["window"], params["operator"]) != ("days", "at_least") or number not in range(1, 11):
        return None
    since = at - timedelta(days=params["days"])
    if number == 1:
        return sql("s.last_order_at >= {}", since)
    # The planner knows nothing of the array: how many fit, and that nobody without a roll-up row does.
    return sql(
        "s.orders >= {} AND s.last_order_at >= {} AND s.last_order_times[{}] >= {}",
        number,
        since,
        number,
        since,
    )
