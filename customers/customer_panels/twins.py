from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers import access, twins
from customers.models import Customer, User
from customers.panels import Panel, panels


@panels.register
class Twins(Panel):
    """Shown only where there is somebody who may be the same person."""

    key = "twins"
    order = 5
    label = _("Perhaps the same person")
    template = "customers/panels/twins.html"
    permission = "customers.merge_customer"

    def context(self, customer: Customer, reader: User, at: datetime) -> dict[str, Any] | None:
        found = twins.of(customer, access.customers_for(reader))
        names = [(each, access.name_for(reader, each)) for each in found]
        return {"customer": customer, "found": names} if found else None
