"""Small worlds for the tests of campaigns: rows as the apps below leave them behind."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from campaigns import audience
from campaigns.models import Campaign, Occurrence
from channels import consent
from channels.models import (
    Account,
    Delivery,
    DeliveryEvent,
    Message,
    MessageVersion,
    Sender,
    Topic,
)
from customers.models import Customer, Order, Origin, Segment, User
from tests.channels import mails
from tests.channels import people as statements
from tests.factories import UserFactory

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
numbers = count(1)


def customer(**fields: Any) -> Customer:
    number = next(numbers)
    defaults = {
        "first_name": "Anna",
        "last_name": f"Muster {number}",
        "email": f"anna{number}@example.org",
        "language": "de",
        "country": "DE",
    }
    return Customer.objects.create(**(defaults | fields))


def user(role: str = "marketer", **fields: Any) -> User:
    return UserFactory(in_role=role, **fields)


def sender() -> Sender:
    account = Account.objects.get_or_create(name="Sandbox", defaults={"backend": "sandbox"})[0]
    defaults = {"email": "post@linden.example", "account": account}
    return Sender.objects.get_or_create(name="Kaufhaus Linden", defaults=defaults)[0]


def topic(key: str = "newsletter") -> Topic:
    return Topic.objects.get_or_create(key=key, defaults={"names": {"de": key.title(), "en": key}})[0]


def rule(country: str = "DE") -> dict[str, Any]:
    return {"all": [{"condition": "country", "params": {"countries": [country]}}]}


def segment(country: str = "DE", **fields: Any) -> Segment:
    return Segment.objects.create(**({"name": f"Segment {next(numbers)}", "rule": rule(country)} | fields))


def ready(people: int = 3, **fields: Any) -> Campaign:
    """A campaign that may go out at once, to so many people who said yes."""
    made = campaign(message=mails.message(languages=("de", "en")), **({"segment": segment()} | fields))
    for _person in range(people):
        agreed(customer())
    return made


def agreed(person: Customer, **fields: Any) -> Customer:
    consent.record([statements.yes(person, **fields)], NOON, Origin.IMPORT)
    return person


def message(**fields: Any) -> Message:
    return Message.objects.create(**({"topic": topic(), "sender": sender()} | fields))


def campaign(**fields: Any) -> Campaign:
    defaults: dict[str, Any] = {"name": f"Kampagne {next(numbers)}"}
    if "message" not in fields:
        defaults["message"] = message()
    return Campaign.objects.create(**(defaults | fields))


def version(of: Campaign) -> MessageVersion:
    found = of.message.versions.first()
    return found or MessageVersion.objects.create(
        message=of.message,
        number=1,
        digest="0" * 64,
        sender_name="Kaufhaus Linden",
        sender_email="post@linden.example",
        account=of.message.sender.account,
        fallback_language="de",
    )


def occurrence(of: Campaign, at: datetime = NOON, **fields: Any) -> Occurrence:
    found = of.occurrences.first()
    defaults = {
        "campaign": of,
        "wall_time": at,
        "due_at": at,
        "version": version(of),
        "rule": audience.rule(of),
    }
    return found or Occurrence.objects.create(**(defaults | fields))


def delivery(of: Campaign, to: Customer, **fields: Any) -> Delivery:
    run = occurrence(of)
    defaults = {
        "message": of.message,
        "occurrence": run.pk,
        "customer": to,
        "version": run.version,
        "account": run.version.account,
        "channel": "email",
        "language": to.language or "de",
        "state": Delivery.State.DELIVERED,
        "due_at": run.due_at,
        "tracked": True,
    }
    return Delivery.objects.create(**(defaults | fields))


def click(on: Delivery, at: datetime, **fields: Any) -> DeliveryEvent:
    defaults = {"kind": DeliveryEvent.Kind.CLICKED, "key": f"click {next(numbers)}", "at": at}
    return DeliveryEvent.objects.create(delivery=on, **(defaults | fields))


def order(by: Customer | None, at: datetime, total: int = 5_000, **fields: Any) -> Order:
    defaults = {
        "source": "shop",
        "number": str(next(numbers)),
        "customer": by,
        "placed_at": at,
        "currency": "EUR",
        "total": total,
        "base_total": total,
    }
    return Order.objects.create(**(defaults | fields))


def hours(number: float) -> timedelta:
    return timedelta(hours=number)
