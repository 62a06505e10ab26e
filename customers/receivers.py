"""What customers does when a lower layer tells of something."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from config.pages.signals import list_exported
from customers import audit
from customers.models import User


@receiver(list_exported)
def write_export_down(user: User, page: str, filters: list[str], at: datetime, **kwargs: Any) -> None:
    """A list as a file leaves the house: who took which one belongs in the audit log."""
    audit.record(user, "list.exported", None, at, list=page, filters=filters)
