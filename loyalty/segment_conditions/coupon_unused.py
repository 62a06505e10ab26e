from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from customers.segments import phrases
from customers.segments.conditions import Condition, Params, conditions
from customers.segments.sql import Sql, sql
from loyalty import segments
from loyalty.segments import CouponsForm


class UnusedForm(CouponsForm):
    days = forms.IntegerField(label=gettext_lazy("for days"), min_value=1, max_value=3650, initial=7)


@conditions.register
class CouponUnused(Condition):
    key = "coupon_unused"
    label = gettext_lazy("Has not used a coupon")
    group = segments.GROUP
    help = gettext_lazy(
        "Somebody who got a code so many days ago and has not redeemed it, whether it is still valid or not."
    )
    Form = UnusedForm
    fact = gettext_lazy("unused code")

    def set_sql(self, params: Params, at: datetime) -> Sql:
        return sql("SELECT DISTINCT k.customer_id FROM {} AND k.customer_id IS NOT NULL", _unused(params, at))

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        return sql("EXISTS (SELECT 1 FROM {} AND k.customer_id = c.id)", _unused(params, at))

    def probe_joins(self, params: Params) -> bool:
        return True

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        return sql("(SELECT min(k.issued_at) FROM {} AND k.customer_id = c.id)", _unused(params, at))

    def seen_words(self, value: Any, params: Params) -> str:
        return _("since %s") % formats.day(value)

    def words(self, params: Params) -> str:
        return _("has had %(coupon)s for %(days)s without using it") % {
            "coupon": segments.named(params),
            "days": phrases.days(params["days"]),
        }


def _unused(params: Params, at: datetime) -> Sql:
    """FROM and WHERE: the codes `k` that have lain there so long."""
    return sql(
        "loyalty_couponcode k WHERE {} AND {} AND k.issued_at <= {}",
        segments.UNUSED,
        segments.chosen(params, Sql("k.coupon_id")),
        at - timedelta(days=params["days"]),
    )
