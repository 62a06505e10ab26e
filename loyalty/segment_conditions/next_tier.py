# ruff: noqa: S608  (statements of our own)

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from customers.segments.conditions import ORDERS, Condition, Params, conditions
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql
from loyalty import tier_statements as statements
from loyalty.segment_conditions.placing import placed


class NextTierForm(ParamsForm):
    points = forms.IntegerField(
        label=gettext_lazy("points missing at most"), min_value=1, max_value=1_000_000, initial=100
    )


@conditions.register
class NearNextTier(Condition):
    key = "near_next_tier"
    label = gettext_lazy("Near the next tier")
    group = ORDERS
    help = gettext_lazy(
        "So few points are missing to the next tier of the loyalty programme, in the period that counts now."
    )
    Form = NextTierForm
    fact = gettext_lazy("points account")

    def set_sql(self, params: Params, at: datetime) -> Sql:
        return sql("SELECT DISTINCT customer_id FROM ({}) AS near", self._near("true", params, at))

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        return sql("EXISTS ({})", self._near("a.customer_id = c.id", params, at))

    def _near(self, which: str, params: Params, at: datetime) -> Sql:
        text = f"""{statements.STANDING.format(which=which)}
            SELECT customer_id FROM standing WHERE missing > 0 AND missing <= %(points)s"""
        return placed(text, at=at, points=params["points"])

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        text = f"""(SELECT missing FROM ({statements.STANDING.format(which="a.customer_id = c.id")}
            SELECT min(missing) AS missing FROM standing WHERE missing > 0) AS nearest)"""
        return placed(text, at=at)

    def seen_words(self, value: Any, params: Params) -> str:
        return ngettext("%s point is missing", "%s points are missing", value) % formats.number(value)

    def words(self, params: Params) -> str:
        number = params["points"]
        pattern = ngettext(
            "at most %s point is missing to the next tier",
            "at most %s points are missing to the next tier",
            number,
        )
        return pattern % formats.number(number)
