from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config.pages.search import Hit, Search, searches
from loyalty.coupons import words
from loyalty.models import Coupon


@searches.register
class Coupons(Search):
    key = "coupons"
    label = _("Coupons")
    icon = "ticket"
    permission = "loyalty.view_coupon"

    def find(self, text: str, request: HttpRequest, limit: int) -> list[Hit]:
        found = Coupon.objects.filter(name__icontains=text).select_related("offer").order_by("-pk")[:limit]
        return [Hit(each.name, words.coupon(each), reverse("coupon", args=[each.pk])) for each in found]
