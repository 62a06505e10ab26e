from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.models import Customer, User
from customers.panels import Panel, panels


@panels.register
class Why(Panel):
    """A search that asks only when somebody does."""

    key = "why"
    order = 25
    label = _("Why did it arrive, why not?")
    template = "campaigns/panels/why.html"
    permission = "campaigns.view_campaign"

    def context(self, customer: Customer, reader: User, at: datetime) -> dict[str, Any]:
        return {"customer": customer}
