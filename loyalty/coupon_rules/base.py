"""What a coupon rule is, and the registry that the folder `coupon_rules` of every app fills."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from config.registry import Registry
from customers.segments.params import ParamsForm
from loyalty.coupons.baskets import Basket, BasketLine

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

Params = Mapping[str, Any]


class CouponRule:
    """One thing that a coupon asks. `params` are always the cleaned data of `Form`.

    Without a customer, `covers` and `check` ask the database nothing, so that a stranger cannot tell a code that is
    refused from one that does not exist (coupons/public.py). What they need of the catalogue is in `completed`.
    `needs_customer`: a till without a line, which does not say whose basket it is, is not trusted with such a coupon.

    A line counts for the discount if all rules cover it. Then each rule may refuse the basket; its reason is a
    sentence of loyalty/coupons/refusals.py.
    """

    key: str
    label: "StrPromise"
    Form: type[ParamsForm]
    needs_customer = False

    def words(self, params: Params, currency: str) -> str:
        """What it asks, as a part of a sentence behind the discount: "only in Home"."""
        raise NotImplementedError

    def completed(self, basket: Basket) -> Basket:
        """The basket with what only the catalogue knows of it; asked once, before all rules."""
        return basket

    def covers(self, params: Params, basket: Basket, line: BasketLine) -> bool:
        return True

    def check(self, params: Params, basket: Basket, covered: int) -> None:
        """Raise `Refused` if the basket does not do; `covered` is the amount of the covered lines."""


coupon_rules: Registry[CouponRule] = Registry("coupon_rules")
