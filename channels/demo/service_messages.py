"""Three service messages as a shop would have them, and what it asked for in the last weeks."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from babel.numbers import format_currency

from channels.messages import drafts
from channels.models import Content, Delivery, Message, Sender, ServiceCall, ServiceMessage
from channels.service_messages import publishing
from customers.demo_shop import Stage, stages
from customers.models import Order

ITEMS = [{"name": "Becher „Linde“", "quantity": 2, "price": "9,00 €"}]
SAMPLE: dict[str, Any] = {"number": "L-10001", "total": "58,90 €", "items": ITEMS}
LINES = (
    "{% for item in data.items %}\n- {{ item.quantity }} × {{ item.name }}, {{ item.price }}\n{% endfor %}"
)
PARCEL = {"number": "L-10001", "carrier": "DHL", "link": "https://parcel.example/00340434161094"}
RECEIPT = SAMPLE | {"store": "Hannover", "date": "24.11.2026"}
MESSAGES: tuple[tuple[str, str, dict[str, Any], dict[str, tuple[str, str, str]]], ...] = (
    (
        "order-confirmation",
        "Bestellbestätigung",
        SAMPLE,
        {
            "de": (
                "Ihre Bestellung {{ data.number }}",
                "Vielen Dank, {{ first_name }}!",
                f"Wir haben Ihre Bestellung **{{{{ data.number }}}}** erhalten:\n\n{LINES}\n\nSumme: {{{{ data.total }}}}",
            ),
            "en": (
                "Your order {{ data.number }}",
                "Thank you, {{ first_name }}!",
                f"We have received your order **{{{{ data.number }}}}**:\n\n{LINES}\n\nTotal: {{{{ data.total }}}}",
            ),
        },
    ),
    (
        "parcel-on-its-way",
        "Paket unterwegs",
        PARCEL,
        {
            "de": (
                "Ihr Paket zu {{ data.number }} ist unterwegs",
                "Gleich ist es bei Ihnen",
                "{{ data.carrier }} bringt Ihre Bestellung. [Sendung verfolgen]({{ data.link }})",
            ),
            "en": (
                "Your parcel for {{ data.number }} is on its way",
                "Almost with you",
                "{{ data.carrier }} brings your order. [Follow the parcel]({{ data.link }})",
            ),
        },
    ),
    (
        "receipt",
        "Kassenbon",
        RECEIPT,
        {
            "de": (
                "Ihr Einkauf in {{ data.store }}",
                "Ihr Kassenbon",
                f"Einkauf vom {{{{ data.date }}}}:\n\n{LINES}\n\nSumme: {{{{ data.total }}}}",
            ),
            "en": (
                "Your purchase in {{ data.store }}",
                "Your receipt",
                f"Purchase of {{{{ data.date }}}}:\n\n{LINES}\n\nTotal: {{{{ data.total }}}}",
            ),
        },
    ),
)
ASKED = 60


@stages.register
class ServiceMessages(Stage):
    key = "service_messages"
    order = 55

    def build(self, random: Random, at: datetime) -> None:
        sender = Sender.objects.get(name="Kaufhaus Linden")
        made = [_publish(key, name, sample, texts, sender, at) for key, name, sample, texts in MESSAGES]
        orders = Order.objects.filter(
            kind=Order.Kind.ORDER, customer__isnull=False, placed_at__lt=at, customer__erased_at=None
        ).exclude(customer__email="")
        latest = list(orders.select_related("customer").order_by("-placed_at", "-pk")[:ASKED])
        for service, wait in zip(made[:2], (timedelta(minutes=1), timedelta(hours=20)), strict=True):
            _ask(service, latest, wait, at)


def _publish(
    key: str,
    name: str,
    sample: dict[str, Any],
    texts: dict[str, tuple[str, str, str]],
    sender: Sender,
    at: datetime,
) -> ServiceMessage:
    message = Message.objects.create(
        purpose=Message.Purpose.SERVICE, sender=sender, priority=publishing.FIRST, any_time=True
    )
    for language, (subject, title, text) in texts.items():
        blocks = [
            drafts.new_block("heading", language) | {"text": title},
            drafts.new_block("text", language) | {"text": text},
            drafts.new_block("footer", language),
        ]
        Content.objects.create(
            message=message, language=language, subject=subject, preheader=title, blocks=blocks
        )
    made = ServiceMessage.objects.create(key=key, name=name, message=message, sample=sample)
    return publishing.publish(made, None, at)


def _ask(service: ServiceMessage, orders: list[Order], wait: timedelta, at: datetime) -> None:
    """The calls and what became of them, as they would stand there now."""
    due = [each for each in orders if each.placed_at + wait < at]
    calls = ServiceCall.objects.bulk_create(
        ServiceCall(
            service=service,
            reference=each.number,
            customer=each.customer,
            data=service.sample | {"number": each.number} | _total(service, each),
            at=each.placed_at + wait,
        )
        for each in due
    )
    assert service.version is not None  # noqa: S101  (published above)
    Delivery.objects.bulk_create(
        Delivery(
            message=service.message,
            occurrence=call.pk,
            customer=call.customer,
            version=service.version,
            account=service.version.account,
            channel="email",
            language=call.customer.language,
            state=Delivery.State.DELIVERED,
            due_at=call.at,
            called_at=call.at,
            ended_at=call.at,
            context={"call": call.pk},
        )
        for call in calls
    )


def _total(service: ServiceMessage, order: Order) -> dict[str, str]:
    if "total" not in service.sample:
        return {}
    return {"total": format_currency(order.total / 100, order.currency, locale="de")}
