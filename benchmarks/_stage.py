"""The shop, the people and the launched message of benchmarks/send.py."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from benchmarks import _mail
from channels import consent
from channels.arbiter import facts
from channels.arbiter.rows import Row
from channels.backends import Call, mime
from channels.delivery import contents, mails, planning
from channels.delivery.batching import Planned
from channels.messages import rendering
from channels.models import (
    Account,
    Brand,
    Consent,
    Delivery,
    DeliveryPolicy,
    Link,
    Message,
    MessageVersion,
    Sender,
    Topic,
    VersionContent,
)
from customers import personalisation
from customers.models import Customer, Product, Shop

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CITIES = ("Köln", "München", "Hamburg", "Düsseldorf", "Wien", "Zürich")
NAMES = (("ms", "Anna", "Müller"), ("mr", "Jörg", "Schäfer"), ("", "Kim", "Öztürk"), ("ms", "Zoë", "Lindner"))


def migrate() -> None:
    call_command("migrate", verbosity=0)


def people(count: int) -> None:
    """Customers with consent, and an order of three products each."""
    Shop.objects.update_or_create(pk=1, defaults={"name": "Kaufhaus Linden", "currency": "EUR"})
    Brand.current()
    caps = [{"cap_class": "", "days": 7, "most": 99}]  # looked up for everybody, but nobody has to wait
    DeliveryPolicy.objects.update_or_create(
        pk=1, defaults={"quiet_from": None, "quiet_until": None, "caps": caps}
    )
    Product.objects.bulk_create(
        Product(
            sku=f"B{n}", names={"de": f"Keramikbecher Größe {n}"}, price=1290 + n, currency="EUR", stock=9
        )
        for n in range(60)
    )
    Customer.objects.bulk_create(customer(n) for n in range(count))
    topic = Topic.objects.create(key="newsletter", names={"de": "Newsletter"})
    agree(list(Customer.objects.values_list("id", flat=True)), "email", topic)
    orders()


def agree(ids: list[int], channel: str, topic: Topic) -> None:
    """All of these say yes to this channel."""
    for start in range(0, len(ids), 5_000):
        consent.record([statement(each, channel, topic) for each in ids[start : start + 5_000]], NOW)


def customer(number: int) -> Customer:
    salutation, first, last = NAMES[number % len(NAMES)]
    return Customer(
        salutation=salutation,
        first_name=first,
        last_name=f"{last}-{number}",
        email=f"anna{number}@example.org",
        language="de",
        city=CITIES[number % len(CITIES)],
        birthday=NOW.date() - timedelta(days=9_000 + number % 9_000),
    )


def statement(customer_id: int, channel: str, topic: Topic) -> consent.Statement:
    return consent.Statement(
        customer_id=customer_id,
        channel=channel,
        granted=True,
        basis=Consent.Basis.DEMO,
        stated_at=NOW,
        topic_id=topic.pk,
    )


def orders() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO customers_order (source, number, customer_id, kind, placed_at, currency, total)
            SELECT 'till', 'O' || id, id, 'order', %s::timestamptz - id * interval '1 minute', 'EUR', 5000 + id %% 9000
            FROM customers_customer
            """,
            [NOW],
        )
        cursor.execute(
            """
            INSERT INTO customers_orderline (order_id, product_id, position, quantity, unit_price, amount)
            SELECT o.id, p.id, n, 1, p.price / 100.0, p.price
            FROM customers_order o CROSS JOIN generate_series(0, 2) n
            JOIN customers_product p ON p.sku = 'B' || ((o.id * 7 + n * 11) % 60)
            """
        )
        cursor.execute("ANALYZE")


def launch(backend: str, settings: dict[str, Any]) -> MessageVersion:
    """A frozen message by an account of these settings, planned for everybody."""
    account = Account.objects.update_or_create(
        name="Bench", defaults={"backend": backend, "settings": settings}
    )[0]
    sender = Sender.objects.get_or_create(
        email="post@linden.example", defaults={"name": "Kaufhaus Linden", "account": account}
    )[0]
    message = Message.objects.create(sender=sender, topic=Topic.objects.get())
    version = MessageVersion.objects.create(
        message=message,
        number=1,
        digest=str(message.pk),
        sender_name=sender.name,
        sender_email=sender.email,
        account=account,
        fallback_language="de",
    )
    content = VersionContent.objects.create(
        version=version,
        channel="email",
        language="de",
        variant="A",
        subject=_mail.SUBJECT,
        html=_mail.html(),
        text=_mail.text(),
        fields=[*_mail.FIELDS, "last_products"],
        digest=str(message.pk),
    )
    Link.objects.create(content=content, position=1, url="https://linden.example/angebot")
    planning.plan(version, message.pk, Everybody(), 0, timezone.now(), limit=1_000_000)
    return version


class Everybody:
    sql = "SELECT id FROM customers_customer"
    params: tuple[Any, ...] = ()


def sample(version: MessageVersion) -> bytes:
    """One of the mails as it went over the wire."""
    return mime.build(calls(version, 1)[0], NOW, eight_bit=True)


def calls(version: MessageVersion, count: int) -> list[Call]:
    """What was given to the provider for some of the people."""
    ids = list(Delivery.objects.filter(version=version).order_by("id").values_list("id", flat=True)[:count])
    Delivery.objects.filter(pk__in=ids).update(state="planned")
    rows = facts.load(ids)
    Delivery.objects.filter(pk__in=ids).update(state="accepted")
    rendered = contents.prepare([planned(row) for row in rows], NOW).mails
    return [mails.call_of(row, rendered[row.id]) for row in rows]


def planned(row: Row) -> Planned:
    """As its batch would be taken up."""
    return Planned(**{name: getattr(row, name) for name in Planned._fields if name in Row._fields})


def contexts() -> list[dict[str, Any]]:
    """The values of some people, ready made, for the peer."""
    ids = list(Customer.objects.order_by("id").values_list("id", flat=True)[:200])
    values = personalisation.load(frozenset([*_mail.FIELDS, "last_products"]), ids, "de", NOW)
    doors = {"opt_out_url": "u", "preferences_url": "p"}
    links = {"link_1": rendering.address("c", "x" * 40)} | {
        name: rendering.address(door, "x" * 32) for name, door in doors.items()
    }
    return [dict(values[each]) | links for each in ids]
