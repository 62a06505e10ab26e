from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config.pages.search import Hit, Search, searches
from loyalty.coupons.codes import normalise
from loyalty.models import CouponCode

SHORTEST = 4  # fewer signs begin too many codes


@searches.register
class Codes(Search):
    key = "codes"
    label = _("Coupon codes")
    icon = "qrcode"
    permission = "loyalty.view_couponcode"

    def find(self, text: str, request: HttpRequest, limit: int) -> list[Hit]:
        plain = normalise(text)
        if len(plain) < SHORTEST:
            return []
        found = CouponCode.objects.filter(text__startswith=plain).select_related("coupon").order_by("text")
        return [Hit(code.label, code.coupon.name, reverse("code", args=[code.pk])) for code in found[:limit]]
