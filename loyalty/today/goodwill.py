"""Goodwill at the tills of one's own stores that waits for a second person."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy, ngettext

from config.pages.today import panels
from customers.models import User
from loyalty.models import GoodwillRequest
from loyalty.second_person import WaitingPanel
from loyalty.till import stores


@panels.register
class WaitingGoodwill(WaitingPanel):
    key = "goodwill"
    order = 31
    permission = stores.USE
    title = gettext_lazy("Goodwill that waits for a second person")
    url_name = "till"
    button = gettext_lazy("To the till")

    def waiting(self, reader: User) -> QuerySet[GoodwillRequest]:
        state = GoodwillRequest.State.WAITING
        return GoodwillRequest.objects.filter(state=state, store__in=stores.of(reader))

    def name(self, number: int) -> str:
        return ngettext("%d goodwill coupon", "%d goodwill coupons", number) % number
