"""The bases of conditions on orders: a figure to compare, the time of an order, something bought."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from config import formats
from customers.segments import comparing
from customers.segments.comparing import MOMENTS, AmountForm, MomentForm, MoneyForm, WindowForm
from customers.segments.conditions import ORDERS, Condition, Params, people
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

    def set_sql(self, params: Params, at: datetime) -> Sql:
        if self._with_nothing(params):
            all_time = params["window"] == "all"
            return people(self.probe_sql(params, at) if all_time else self._none_other(params, at))
        if params["window"] == "all":
            return sql("SELECT s.customer_id FROM customers_customerstats s WHERE {}", self._test(params))
        return sql("{} HAVING {}", self._grouped(params, at), self._test(params))

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        if params["window"] != "all":
            source = sql("customers_order o WHERE o.customer_id = c.id AND {}", self._counted(params, at))
            return sql("coalesce((SELECT {} FROM {}), false)", self._test(params), source)
        stats = Sql("SELECT 1 FROM customers_customerstats s WHERE s.customer_id = c.id")
        if self._with_nothing(params):
            return sql("NOT EXISTS ({} AND NOT ({}))", stats, self._test(params))
        return sql("EXISTS ({} AND {})", stats, self._test(params))

    def probe_joins(self, params: Params) -> bool:
        return bool(params["window"] == "all")

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        if params["window"] == "all":
            found = sql("(SELECT {} FROM customers_customerstats s WHERE s.customer_id = c.id)", self.stats)
        else:
            counted = self._counted(params, at)
            found = sql(
                "(SELECT {} FROM customers_order o WHERE o.customer_id = c.id AND {})",
                self.aggregate,
                counted,
            )
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


class OrderMoment(Condition):
    """When somebody's first or last order was; `column` is of the roll-up row `s`."""

    group = ORDERS
    Form = OrderMomentForm
    column: Sql

    def set_sql(self, params: Params, at: datetime) -> Sql:
        if params["operator"] == "never":
            return people(self.probe_sql(params, at))
        test = comparing.at_moment(self.column, params, at)
        return sql("SELECT s.customer_id FROM customers_customerstats s WHERE {}", test)

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        stats = Sql("SELECT 1 FROM customers_customerstats s WHERE s.customer_id = c.id")
        if params["operator"] == "never":
            return sql("NOT EXISTS ({} AND {} IS NOT NULL)", stats, self.column)
        return sql("EXISTS ({} AND {})", stats, comparing.at_moment(self.column, params, at))

    def probe_joins(self, params: Params) -> bool:
        return True

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        return sql("(SELECT {} FROM customers_customerstats s WHERE s.customer_id = c.id)", self.column)


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
    if not nth_newest_applies(params):
        return None
    return sql("s.last_order_times[{}] >= {}", params["number"], at - timedelta(days=params["days"]))


def nth_newest_applies(params: Params) -> bool:
    return (
        params["window"] == "days" and params["operator"] == "at_least" and params["number"] in range(1, 11)
    )
