from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from channels.models import DeliveryEvent
from channels.signals import delivery_events_recorded
from customers.hooks.kinds import AT, CUSTOMER, Fact, HookKind, hook_kinds, instant

SAMPLE = {
    "customer": CUSTOMER,
    "channel": "email",
    "delivery": 4711,
    "message": {"id": 12, "purpose": "marketing", "topic": "news"},
    "at": AT,
}
RELATED = ("delivery__message__topic", "link")


class Reported(HookKind):
    """What became of a message, by the kind of its event."""

    signal, sample = delivery_events_recorded, SAMPLE
    event: DeliveryEvent.Kind

    def concerns(self, told: Mapping[str, Any]) -> bool:
        return self.event in told["kinds"]

    def facts(self, ids: Sequence[int], at: datetime) -> dict[int, Fact]:
        rows = DeliveryEvent.objects.filter(pk__in=ids, kind=self.event, human=True).order_by("pk")
        return {
            row.pk: Fact(row.delivery.customer_id, self.data(row), row.at)
            for row in rows.select_related(*RELATED)
        }

    def data(self, row: DeliveryEvent) -> dict[str, Any]:
        message = row.delivery.message
        topic = message.topic.key if message.topic else None
        return {
            "channel": row.delivery.channel,
            "delivery": row.delivery_id,
            "message": {"id": message.pk, "purpose": message.purpose, "topic": topic},
            "at": instant(row.at),
        }


@hook_kinds.register
class Bounced(Reported):
    key, position, event = "message.bounced", 50, DeliveryEvent.Kind.BOUNCED
    label = _("Message bounced")
    help = _("The provider says that it could not be delivered.")


@hook_kinds.register
class Complained(Reported):
    key, position, event = "message.complained", 51, DeliveryEvent.Kind.COMPLAINED
    label = _("Message called spam")
    help = _("Somebody has complained about it to her mail service.")


@hook_kinds.register
class OptedOut(Reported):
    key, position, event = "message.opted_out", 52, DeliveryEvent.Kind.OPTED_OUT
    label = _("Opted out by a message")
    help = _("Somebody wants no more such messages. What holds now is told as a change of consent.")


@hook_kinds.register
class Clicked(Reported):
    key, position, event = "message.clicked", 53, DeliveryEvent.Kind.CLICKED
    label = _("Link in a message clicked")
    help = _("By people who agreed to that, not by scanners. The address is as it stands in the message.")
    sample = SAMPLE | {"link": {"url": "https://shop.example/sale", "label": "To the sale"}}

    def data(self, row: DeliveryEvent) -> dict[str, Any]:
        link = {"url": row.link.url, "label": row.link.label} if row.link else None
        return super().data(row) | {"link": link}
