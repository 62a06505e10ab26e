"""What channels hears from below. Each runs a fixed number of statements."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from channels import arming, heard, opt_in, suppression
from channels.push import ownership
from customers.models import Origin
from customers.permissions import Asked, Stated
from customers.signals import (
    hook_calls_asked,
    people_changed,
    permissions_asked,
    permissions_stated,
    visitors_identified,
)


@receiver(permissions_stated)
def record_statements(statements: list[Stated], at: datetime, origin: Origin, **_more: Any) -> Counter[str]:
    return heard.hear(statements, at, origin)


@receiver(permissions_asked)
def ask_for_consent(requests: list[Asked], at: datetime, **_more: Any) -> Counter[str]:
    return opt_in.ask_all(requests, at)


@receiver(people_changed)
def key_addresses(ids: list[int], **_more: Any) -> None:
    suppression.refresh_keys(ids, suppression.in_use())


@receiver(visitors_identified)
def attach_browsers(ids: list[int], at: datetime, **_more: Any) -> None:
    ownership.attach(ids, at)


@receiver(hook_calls_asked)
def only_where_sending_is_allowed(**_more: Any) -> bool:
    """A copy of a database must not tell the shop's systems anything."""
    return arming.armed()
