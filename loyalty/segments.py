"""What conditions on coupons share: the choice of coupons, and codes as tables of their statements."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.fields import SUGGESTIONS, Option, RowsField
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql
from loyalty.models import Coupon

GROUP = gettext_lazy("Points and coupons")
# Of the codes `k`: hers, given to her, and not redeemed or reserved at a till.
UNUSED = Sql(
    "k.state = 'issued' AND NOT EXISTS (SELECT 1 FROM loyalty_redemption r"
    " WHERE r.code_id = k.id AND r.state IN ('reserved', 'redeemed'))"
)


class CouponField(RowsField):
    model = Coupon
    searched = True

    def suggest(self, text: str) -> list[Option]:
        rows = Coupon.objects.filter(name__icontains=text).order_by("-active", "name", "pk")[:SUGGESTIONS]
        return [(str(row.pk), row.name) for row in rows]


class CouponsForm(ParamsForm):
    """None chosen means any coupon."""

    coupons = CouponField(
        label=gettext_lazy("coupons"), required=False, help_text=gettext_lazy("Empty: any coupon.")
    )


def chosen(params: dict[str, Any], column: Sql) -> Sql:
    """A test of the column that holds the coupon's id."""
    if not params["coupons"]:
        return Sql("true")
    return sql("{} = ANY ({})", column, params["coupons"])


def named(params: dict[str, Any]) -> str:
    """ "“Spring” or “Summer”", or "any coupon"."""
    if not params["coupons"]:
        return _("any coupon")
    return phrases.either([_("“%s”") % name for name in CouponField().labels(params["coupons"])])
