from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Segment, SegmentMember
from customers.segments.fields import SegmentField
from customers.segments.params import ParamsForm
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket
from loyalty.coupons.refusals import Refused


class AnySegmentField(SegmentField):
    """Also one that was deleted since: then nobody is in it, and the till hears a reason instead of an error."""

    def checked(self, values: list[str]) -> list[int]:
        return [int(value) for value in values if value.isdecimal() and len(value) < 19]

    def labels(self, values: object) -> list[str]:
        numbers = [int(value) for value in values]  # type: ignore[attr-defined]
        names = dict(Segment.objects.filter(pk__in=numbers).values_list("pk", "name"))
        return [names.get(number, _("a segment that was deleted")) for number in numbers]


class SegmentForm(ParamsForm):
    segment = AnySegmentField(label=gettext_lazy("segment"))


@coupon_rules.register
class SegmentMembers(CouponRule):
    """Asks the members as they are kept, at most a minute behind the facts."""

    key = "segment"
    label = gettext_lazy("Only for members of a segment")
    Form = SegmentForm
    needs_customer = True

    def words(self, params: Params, currency: str) -> str:
        return _("only for customers of “%s”") % AnySegmentField().labels([params["segment"]])[0]

    def check(self, params: Params, basket: Basket, covered: int) -> None:
        if basket.customer_id is None:
            raise Refused("whose")
        if not SegmentMember.objects.filter(segment=params["segment"], customer=basket.customer_id).exists():
            raise Refused("segment")
