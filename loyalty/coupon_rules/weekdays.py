from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.params import ParamsForm
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket
from loyalty.coupons.refusals import Refused


class WeekdaysForm(ParamsForm):
    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("weekdays"), choices=list(WEEKDAYS.items()), coerce=int
    )


@coupon_rules.register
class Weekdays(CouponRule):
    key = "weekdays"
    label = gettext_lazy("Only on weekdays")
    Form = WeekdaysForm

    def words(self, params: Params, currency: str) -> str:
        return _("only on %s") % phrases.both([str(WEEKDAYS[day]) for day in sorted(params["days"])])

    def check(self, params: Params, basket: Basket, covered: int) -> None:
        if basket.on.weekday() not in params["days"]:
            raise Refused("weekday")
