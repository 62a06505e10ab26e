"""What channels hears from below. Each runs a fixed number of statements."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from channels import consent, suppression
from customers.models import Origin
from customers.permissions import Stated
from customers.signals import people_changed, permissions_stated


@receiver(permissions_stated)
def record_statements(statements: list[Stated], at: datetime, origin: Origin, **_more: Any) -> Counter[str]:
    return consent.hear(statements, at, origin)


@receiver(people_changed)
def key_addresses(ids: list[int], **_more: Any) -> None:
    suppression.refresh_keys(ids)
