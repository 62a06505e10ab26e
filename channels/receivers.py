"""What channels hears from below, and of its own deliveries. Each runs a fixed number of statements."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db import connection
from django.dispatch import receiver

from channels import arming, consent, opt_in, suppression
from channels.models import DeliveryEvent
from channels.push import ownership
from channels.signals import delivery_events_recorded
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
    return consent.hear(statements, at, origin)


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


Kind = DeliveryEvent.Kind
TELLING = frozenset({Kind.CLICKED, Kind.OPTED_OUT, Kind.COMPLAINED, Kind.BOUNCED})
LOOK_AGAIN = """
    INSERT INTO customers_dirty (customer_id, at, origin)
    SELECT DISTINCT d.customer_id, %s, %s
    FROM channels_deliveryevent e JOIN channels_delivery d ON d.id = e.delivery_id
    WHERE e.id = ANY(%s) AND e.kind = ANY(%s)
      AND EXISTS (SELECT FROM customers_segment
                  WHERE jsonb_path_exists(rule, '$.** ? (@.condition == "engagement")'))
"""


@receiver(delivery_events_recorded)
def look_again(ids: list[int], at: datetime, origin: Origin, kinds: set[str], **_more: Any) -> None:
    """Have segments look at who did something with a message, if one of them asks for that (its `engagement`)."""
    if TELLING.isdisjoint(kinds):
        return
    with connection.cursor() as cursor:
        cursor.execute(LOOK_AGAIN, [at, str(origin), ids, [str(kind) for kind in TELLING]])
