"""The people, their history and the campaign of benchmarks/arbiter.py, and the loop beside it.

Of the people 85 % have said yes, one in a hundred is suppressed, one in fifty has no address; they live in five
countries. Six in ten had one or two messages this week, one in twenty waits for another one.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from channels import suppression
from channels.delivery import planning
from channels.models import (
    Account,
    Brand,
    Delivery,
    DeliveryPolicy,
    Message,
    MessageVersion,
    Permission,
    Sender,
    Suppression,
    Topic,
    VersionContent,
)
from customers.models import Customer, Shop

PEOPLE = """
    INSERT INTO customers_customer (first_name, email, language, country, time_zone)
    SELECT 'Anna', CASE WHEN n %% 50 = 0 THEN '' ELSE 'anna' || n || '@example.org' END, 'de',
           (ARRAY['DE', 'DE', 'DE', 'AT', 'NL', 'US', ''])[1 + n %% 7],
           CASE WHEN n %% 7 = 5 THEN 'America/New_York' ELSE '' END
    FROM generate_series(1, %s) n
"""
SAID = """
    INSERT INTO channels_consent (customer_id, channel, purpose, state, basis, evidence, stated_at, topic_id)
    SELECT id, 'email', 'sending', 'granted', 'demo', '{}', %s, %s FROM customers_customer WHERE id %% 20 < 17
"""
REMEMBERED = """
    INSERT INTO channels_permission (customer_id, channel, purpose, granted, consent_id, stated_at, topic_id)
    SELECT customer_id, channel, purpose, true, id, stated_at, topic_id FROM channels_consent
"""
HAD = """
    INSERT INTO channels_delivery (message_id, occurrence, customer_id, version_id, account_id, channel, language,
                                   state, due_at, called_at, address_key)
    SELECT %s, n, c.id, %s, %s, 'email', 'de', 'accepted', %s, %s::timestamptz - n * interval '26 hours', ''
    FROM customers_customer c CROSS JOIN generate_series(1, 2) n WHERE c.id %% 10 < 8 - 2 * n
"""
WAITS = """
    INSERT INTO channels_delivery (message_id, occurrence, customer_id, version_id, account_id, channel, language,
                                   priority, due_at)
    SELECT %s, 1, c.id, %s, %s, 'email', 'de', 2, %s FROM customers_customer c WHERE c.id %% 20 = 3
"""


class Everybody:
    sql = "SELECT id FROM customers_customer"
    params: tuple[Any, ...] = ()


def fill(people: int, at: datetime) -> MessageVersion:
    """The campaign to be judged: planned already for the first 20,000, so that there are slices of it."""
    Shop.objects.update_or_create(pk=1, defaults={"name": "Kaufhaus Linden"})
    Brand.current()
    caps = [{"cap_class": "", "days": 1, "most": 1}, {"cap_class": "", "days": 7, "most": 2}]
    DeliveryPolicy.objects.update_or_create(pk=1, defaults={"caps": caps, "skip_holidays": True})
    topic = Topic.objects.create(key="newsletter", names={"de": "Newsletter"})
    _run(PEOPLE, people)
    _run(SAID, at - timedelta(days=90), topic.pk)
    _run(REMEMBERED)
    suppression.refresh_keys()
    emails = (f"anna{n}@example.org" for n in range(1, people, 100))
    suppression.suppress("email", emails, Suppression.Reason.OBJECTION, at)
    past, rival, ours = (version(topic, priority) for priority in (5, 2, 5))
    _run(HAD, past.message_id, past.pk, past.account_id, at, at)
    _run(WAITS, rival.message_id, rival.pk, rival.account_id, at)
    planning.plan(ours, 1, Everybody(), 0, at, limit=20_000)
    _run("ANALYZE")
    return ours


def version(topic: Topic, priority: int) -> MessageVersion:
    account = Account.objects.get_or_create(name="Bench", defaults={"backend": "sandbox"})[0]
    sender = Sender.objects.get_or_create(email="post@linden.example", defaults={"account": account})[0]
    message = Message.objects.create(sender=sender, topic=topic, priority=priority)
    made = MessageVersion.objects.create(
        message=message, number=1, digest=str(message.pk), account=account, fallback_language="de"
    )
    VersionContent.objects.create(version=made, channel="email", language="de", variant="A")
    return made


def _run(statement: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params or None)


def sample(size: int) -> list[int]:
    """People from all over the table."""
    step = max(1, Customer.objects.count() // size)
    return list(Customer.objects.order_by("id").values_list("id", flat=True)[::step])[:size]


def may_be_written_to(customer_id: int, of: MessageVersion, at: datetime) -> bool:
    """The peer: the same questions, with the ORM, about one person, stopping at the first no."""
    person = Customer.objects.get(pk=customer_id)
    said = Permission.objects.filter(customer=person, channel="email", purpose="sending")
    newest = said.filter(topic=of.message.topic).order_by("-stated_at").first()
    if newest is None or not newest.granted or not person.email or person.erased_at:
        return False
    key = suppression.address_key("email", person.email)
    if Suppression.objects.filter(channel="email", address_key=key).exists():
        return False
    policy, shop = DeliveryPolicy.objects.get(), Shop.objects.get()
    zone = ZoneInfo(person.time_zone or shop.time_zone)
    clock = at.astimezone(zone).time()
    if not policy.quiet_until <= clock < policy.quiet_from:  # type: ignore[operator]
        return False
    mine = Delivery.objects.filter(customer=person, message__purpose=Message.Purpose.MARKETING)
    if mine.filter(state="planned", priority__lt=of.message.priority).exists():
        return False
    reached = mine.filter(state__in=["calling", "accepted", "delivered", "complained", "unknown"])
    return all(
        reached.filter(called_at__gte=at - timedelta(days=cap["days"])).count() < cap["most"]
        for cap in policy.caps
    )
