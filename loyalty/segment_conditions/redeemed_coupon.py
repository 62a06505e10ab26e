from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from customers.segments import comparing, phrases
from customers.segments.comparing import WindowForm
from customers.segments.conditions import Condition, Params, conditions
from customers.segments.sql import Sql, sql
from loyalty import segments
from loyalty.segments import CouponsForm


class RedeemedForm(WindowForm, CouponsForm):
    field_order = ["coupons", "window", "days", "since", "until"]


@conditions.register
class RedeemedCoupon(Condition):
    key = "redeemed_coupon"
    label = gettext_lazy("Redeemed a coupon")
    group = segments.GROUP
    help = gettext_lazy("Redemptions that were taken back do not count.")
    Form = RedeemedForm

    def set_sql(self, params: Params, at: datetime) -> Sql:
        return sql(
            "SELECT DISTINCT r.customer_id FROM {} AND r.customer_id IS NOT NULL", _redeemed(params, at)
        )

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        return sql("EXISTS (SELECT 1 FROM {} AND r.customer_id = c.id)", _redeemed(params, at))

    def probe_joins(self, params: Params) -> bool:
        return True

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        return sql("(SELECT count(*) FROM {} AND r.customer_id = c.id)", _redeemed(params, at))

    def seen_words(self, value: Any, params: Params) -> str:
        return ngettext("%s redemption", "%s redemptions", value) % formats.number(value)

    def words(self, params: Params) -> str:
        return phrases.joined(_("redeemed %s") % segments.named(params), phrases.window(params))


def _redeemed(params: Params, at: datetime) -> Sql:
    """FROM and WHERE: the redemptions `r` that count."""
    return sql(
        "loyalty_redemption r WHERE r.state = 'redeemed' AND {} AND {}",
        segments.chosen(params, Sql("r.coupon_id")),
        comparing.in_window(Sql("r.at"), params, at),
    )
