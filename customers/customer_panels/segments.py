from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.models import Customer, User
from customers.panels import Panel, panels


@panels.register
class Segments(Panel):
    key = "segments"
    order = 40
    label = _("Segments and lists")
    template = "customers/panels/segments.html"
    permission = "customers.view_segment"

    def context(self, customer: Customer, reader: User, at: datetime) -> dict[str, Any]:
        memberships = customer.memberships.select_related("segment").order_by("segment__name")
        lists = customer.fixed_lists.select_related("fixed_list").order_by("fixed_list__name")
        return {"memberships": memberships, "lists": lists, "customer": customer}
