"""Small worlds for the tests of campaigns: rows as the apps below leave them behind."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from campaigns.models import Campaign, Occurrence
from channels.models import (
    Account,
    Brand,
    Content,
    Delivery,
    DeliveryEvent,
    Message,
    MessageVersion,
    Sender,
    Topic,
)
from customers.models import Customer, Order, Segment, User

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


def user(**fields: Any) -> User:
    permissions = fields.pop("permissions", ())
    made = User.objects.create_user(f"staff{next(numbers)}@example.org", "a long password", **fields)
    if permissions:
        from django.contrib.auth.models import Permission

        codenames = [name.split(".")[-1] for name in permissions]
        made.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return made


def sender() -> Sender:
    account = Account.objects.get_or_create(name="Sandbox", defaults={"backend": "sandbox"})[0]
    defaults = {"email": "post@linden.example", "account": account}
    return Sender.objects.get_or_create(name="Kaufhaus Linden", defaults=defaults)[0]


def topic() -> Topic:
    return Topic.objects.get_or_create(
        key="newsletter", defaults={"names": {"de": "Newsletter", "en": "News"}}
    )[0]


def everybody(name: str = "Alle", **rule: Any) -> Segment:
    tree = rule.get("rule", {"all": []})
    return Segment.objects.get_or_create(name=name, defaults={"rule": tree})[0]


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
    defaults = {"campaign": of, "wall_time": at, "due_at": at, "version": version(of), "rule": {}}
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


def content(of: Message, language: str = "de", **fields: Any) -> Content:
    return Content.objects.create(message=of, language=language, **({"subject": "Hallo"} | fields))


def imprint() -> Brand:
    brand = Brand.current()
    brand.imprint = {"de": "Kaufhaus Linden, Lindenstraße 1, Köln", "en": "Kaufhaus Linden, Cologne"}
    brand.save()
    return brand


def hours(number: float) -> timedelta:
    return timedelta(hours=number)
