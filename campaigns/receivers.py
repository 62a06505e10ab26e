"""What campaigns hears from the apps below. Receivers only write rows; sweepers do the work."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from campaigns import attribution
from channels.signals import delivery_events_recorded
from customers.signals import orders_placed


@receiver(orders_placed)
def on_orders_placed(ids: Sequence[int], **facts: Any) -> None:
    attribution.note_orders(ids)


@receiver(delivery_events_recorded)
def on_delivery_events_recorded(ids: Sequence[int], **facts: Any) -> None:
    attribution.note_clicks(ids)
