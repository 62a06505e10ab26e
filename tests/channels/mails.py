"""Messages, customers and rows for the tests of messages."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from channels.messages.formats import formats
from channels.models import Account, Brand, Content, Message, MessageVersion, Sender, Topic
from customers.models import Customer, Shop

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
IMPRINT = {"de": "Kaufhaus Linden GmbH\nLindenstraße 1, 50667 Köln", "en": "Kaufhaus Linden GmbH, Cologne"}


class Row(NamedTuple):
    id: int
    customer_id: int
    version_id: int
    channel: str = "email"
    language: str = "de"
    variant: str = "A"
    tracked: bool = True
    context: dict[str, Any] = {}
    arm: str = ""


def shop(**fields: Any) -> Shop:
    values = {"name": "Kaufhaus Linden", "url": "https://linden.example", "currency": "EUR"} | fields
    return Shop.objects.update_or_create(pk=1, defaults=values)[0]


def brand(**fields: Any) -> Brand:
    values = {"imprint": IMPRINT, "fallback_language": "de"} | fields
    return Brand.objects.update_or_create(pk=1, defaults=values)[0]


def text(words: str, number: str = "b1") -> dict[str, Any]:
    return {"id": number, "kind": "text", "text": words}


def button(
    link: str = "https://linden.example/sale", label: str = "Los", number: str = "b2"
) -> dict[str, Any]:
    return {"id": number, "kind": "button", "label": label, "link": link}


def message(*blocks: dict[str, Any], languages: tuple[str, ...] = ("de",), **fields: Any) -> Message:
    """A marketing message that may go out, with the same blocks in every language."""
    shop()
    brand()
    account = Account.objects.get_or_create(name="Sandbox", defaults={"backend": "sandbox"})[0]
    sender = Sender.objects.get_or_create(
        email="post@linden.example", defaults={"name": "Kaufhaus Linden", "account": account}
    )[0]
    topic = Topic.objects.get_or_create(key="newsletter", defaults={"names": {"de": "Newsletter"}})[0]
    made = Message.objects.create(**{"sender": sender, "topic": topic} | fields)
    for language in languages:
        for channel in made.channels:
            content(made, language, *blocks, channel=channel)
    return made


def content(to: Message, language: str, *blocks: dict[str, Any], **fields: Any) -> Content:
    options = formats[fields.get("channel", "email")].new_options()
    values = {"subject": "Hallo {{ first_name }}", "preheader": "Neues aus Köln", "options": options} | fields
    return Content.objects.create(
        message=to, language=language, blocks=list(blocks or (text("Guten Tag {{ first_name }}"),)), **values
    )


def customer(**fields: Any) -> Customer:
    values = {
        "first_name": "Anna",
        "last_name": "Lindner",
        "email": "anna@example.org",
        "language": "de",
    } | fields
    return Customer.objects.create(**values)


def row(version: MessageVersion, person: Customer, number: int = 1, **fields: Any) -> Row:
    return Row(number, person.pk, version.pk, **fields)
