"""On which of her browsers push messages arrive."""

from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from channels.models import PushSubscription
from customers.models import Customer, User
from customers.panels import Panel, panels

MOST = 10


@panels.register
class DevicesPanel(Panel):
    key = "devices"
    order = 25
    label = _("Push messages")
    template = "channels/panels/devices.html"
    permission = "channels.view_consent"

    def context(self, customer: Customer, reader: User, at: datetime) -> dict[str, Any] | None:
        rows = PushSubscription.objects.filter(customer=customer)
        found = rows.order_by(F("ended_at").desc(nulls_first=True), "-renewed_at", "-pk")[:MOST]
        return {"devices": found} if found else None
