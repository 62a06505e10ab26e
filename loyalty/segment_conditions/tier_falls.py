# ruff: noqa: S608  (statements of our own)

from datetime import datetime

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import ORDERS, Condition, Params, conditions
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql
from loyalty import tier_statements as statements
from loyalty.segment_conditions.placing import placed


class TierFallsForm(ParamsForm):
    days = forms.IntegerField(label=gettext_lazy("within days"), min_value=1, max_value=366, initial=30)


@conditions.register
class TierFalls(Condition):
    key = "tier_falls"
    label = gettext_lazy("About to lose the tier")
    group = ORDERS
    help = gettext_lazy("The tier ends within so many days, and there are too few points by now to keep it.")
    Form = TierFallsForm
    fact = gettext_lazy("tier that ends")

    def set_sql(self, params: Params, at: datetime) -> Sql:
        return sql("SELECT DISTINCT customer_id FROM ({}) AS falls", self._falling("true", params, at))

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        return sql("EXISTS ({})", self._falling("a.customer_id = c.id", params, at))

    def _falling(self, which: str, params: Params, at: datetime) -> Sql:
        soon = statements.SOON.format(days="%(days)s")
        text = f"""{statements.FALLING.format(which=f"{soon} AND a.closed_at IS NULL AND {which}")}
            SELECT customer_id FROM falling"""
        return placed(text, at=at, days=params["days"])

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        return Sql(
            """(SELECT min(lp.holds_until) FROM loyalty_account la JOIN loyalty_tierperiod lp
                ON lp.account_id = la.id AND lp.current WHERE la.customer_id = c.id AND la.closed_at IS NULL)"""
        )

    def words(self, params: Params) -> str:
        return _("the tier will be lost within %s") % phrases.days(params["days"])
