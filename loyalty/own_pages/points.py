from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from channels.own_pages import OwnPage, own_pages
from config import formats
from customers.models import Customer
from loyalty import ledger, programs


@own_pages.register
class Points(OwnPage):
    key = "points"
    label = _("My points")
    icon = "award"
    url_name = "own_points"

    def line(self, customer: Customer, at: datetime) -> str | None:
        program = programs.current()
        if program is None:
            return None
        free = ledger.standing(program, [customer.pk], at)[customer.pk].free
        return ngettext("%s point can be spent", "%s points can be spent", free) % formats.number(free)
