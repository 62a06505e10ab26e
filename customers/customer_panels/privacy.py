"""What the law gives her: her data in her hands, and being forgotten."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.models import Customer, User
from customers.panels import Panel, panels


@panels.register
class Privacy(Panel):
    key = "privacy"
    order = 900
    label = _("Privacy")
    template = "customers/panels/privacy.html"
    permission = "customers.handle_privacy"

    def context(self, customer: Customer, reader: User, at: datetime) -> dict[str, Any]:
        return {"customer": customer}
