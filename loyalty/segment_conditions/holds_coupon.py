from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import Condition, Params, conditions
from customers.segments.sql import Sql, sql
from loyalty import segments
from loyalty.segments import CouponsForm


@conditions.register
class HoldsCoupon(Condition):
    key = "holds_coupon"
    label = gettext_lazy("Holds a valid coupon")
    group = segments.GROUP
    help = gettext_lazy("Somebody with a code of her own that she can redeem now and has not redeemed yet.")
    Form = CouponsForm

    def set_sql(self, params: Params, at: datetime) -> Sql:
        return sql("SELECT DISTINCT k.customer_id FROM {} AND k.customer_id IS NOT NULL", _valid(params, at))

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        return sql("EXISTS (SELECT 1 FROM {} AND k.customer_id = c.id)", _valid(params, at))

    def probe_joins(self, params: Params) -> bool:
        return True

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        held = sql("SELECT DISTINCT co.name FROM {} AND k.customer_id = c.id ORDER BY 1", _valid(params, at))
        return sql("ARRAY({})", held)

    def seen_words(self, value: Any, params: Params) -> str:
        return phrases.value(value) or _("no code")

    def words(self, params: Params) -> str:
        return _("can redeem %s now") % segments.named(params)


def _valid(params: Params, at: datetime) -> Sql:
    """FROM and WHERE: the codes `k` of coupons `co` that can be redeemed at `at`."""
    return sql(
        "loyalty_couponcode k JOIN loyalty_coupon co ON co.id = k.coupon_id"
        " WHERE {} AND co.active AND {} AND {} AND {}",
        segments.UNUSED,
        segments.chosen(params, Sql("k.coupon_id")),
        _within(Sql("k.valid_from"), Sql("k.valid_until"), at),
        _within(Sql("co.valid_from"), Sql("co.valid_until"), at),
    )


def _within(start: Sql, end: Sql, at: datetime) -> Sql:
    return sql("({} IS NULL OR {} <= {}) AND ({} IS NULL OR {} > {})", start, start, at, end, end, at)
