from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.models import Customer, User
from customers.panels import Panel, panels
from loyalty.models import GoodwillIssue

MOST = 5


@panels.register
class Goodwill(Panel):
    """What she was given to make something good, and the button for the next."""

    key = "goodwill"
    order = 36
    label = _("Goodwill")
    template = "loyalty/panels/goodwill.html"
    permission = "loyalty.use_till"

    def context(self, customer: Customer, reader: User, at: datetime) -> dict[str, Any]:
        rows = GoodwillIssue.objects.filter(customer=customer).select_related("reason", "store", "returned")
        return {"customer": customer, "rows": rows.order_by("-at", "-pk")[:MOST]}
