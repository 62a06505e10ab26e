"""Customers, topics and statements for the tests of consent."""

from datetime import UTC, datetime, timedelta

from channels import addresses, suppression
from channels.consent import Statement
from channels.models import (
    Account,
    Consent,
    Delivery,
    Link,
    Message,
    MessageVersion,
    Topic,
    VersionContent,
)
from customers.models import Customer

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def customer(email: str = "anna@example.org", **fields: object) -> Customer:
    return Customer.objects.create(email=email, **fields)


def topic(key: str = "newsletter") -> Topic:
    return Topic.objects.create(key=key, names={"de": key.title(), "en": key})


def yes(
    person: Customer,
    about: Topic | None = None,
    minutes: int = 0,
    purpose: str = "sending",
    channel: str = "email",
) -> Statement:
    return _statement(person, about, minutes, purpose, channel, granted=True)


def no(
    person: Customer,
    about: Topic | None = None,
    minutes: int = 0,
    purpose: str = "sending",
    channel: str = "email",
) -> Statement:
    return _statement(person, about, minutes, purpose, channel, granted=False)


def _statement(
    person: Customer, about: Topic | None, minutes: int, purpose: str, channel: str, granted: bool
) -> Statement:
    return Statement(
        customer_id=person.pk,
        channel=channel,
        granted=granted,
        basis=Consent.Basis.STATED,
        stated_at=NOON + timedelta(minutes=minutes),
        topic_id=about.pk if about else None,
        purpose=purpose,
        evidence={"wording": "2026-01", "form": "test", "source": "test"},
    )


def sent(
    person: Customer,
    about: Topic | None = None,
    url: str = "https://shop.example/sale",
    tracked: bool = True,
    at: datetime = NOON,
    channel: str = "email",
) -> Delivery:
    """A delivery that was accepted at `at`, of a message with one link, `Link.objects.last()`."""
    account = Account.objects.get_or_create(name="Test", backend="sandbox")[0]
    message = Message.objects.create(topic=about)
    version = MessageVersion.objects.create(
        message=message, number=1, digest="", account=account, fallback_language="de", sender_email="a@b.org"
    )
    content = VersionContent.objects.create(version=version, channel=channel, language="de", variant="A")
    Link.objects.create(content=content, position=1, url=url)
    return Delivery.objects.create(
        message=message,
        occurrence=1,
        customer=person,
        version=version,
        account=account,
        channel=channel,
        language="de",
        state="accepted",
        due_at=at,
        called_at=at,
        ended_at=at,
        tracked=tracked,
        address_key=suppression.address_key(channel, addresses.of(person).get(channel, "")),
    )
