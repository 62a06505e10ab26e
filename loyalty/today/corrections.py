"""Corrections of points that wait for a second person."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy, ngettext

from config.pages.today import panels
from customers.models import User
from loyalty.models import AdjustmentRequest
from loyalty.second_person import WaitingPanel


@panels.register
class WaitingCorrections(WaitingPanel):
    key = "corrections"
    order = 30
    permission = "loyalty.approve_adjustment"
    title = gettext_lazy("Waiting for a second person")
    url_name = "correction_list"
    button = gettext_lazy("Look at it")

    def waiting(self, reader: User) -> QuerySet[AdjustmentRequest]:
        return AdjustmentRequest.objects.filter(state=AdjustmentRequest.State.WAITING)

    def name(self, number: int) -> str:
        return ngettext("%d correction of points", "%d corrections of points", number) % number
