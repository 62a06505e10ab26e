"""Sandbox accounts for every channel, and whom of the demo shop's customers they reach."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from channels import consent, suppression
from channels.consent import Statement
from channels.demo.permissions import statement
from channels.models import Account, Channel, Permission, Purpose, PushSubscription, Reach
from channels.push import devices as devices_of
from channels.push import keys
from customers.demo_shop import Stage, stages
from customers.models import Customer, Origin

ACCOUNTS = (
    ("Sandbox SMS", Channel.SMS),
    ("Sandbox WhatsApp", Channel.WHATSAPP),
    ("Sandbox Push", Channel.PUSH),
    ("Sandbox Shop", Channel.IN_APP),
)
# Of those who could be reached on it, how many have agreed.
AGREES = {Channel.SMS: 0.55, Channel.WHATSAPP: 0.3, Channel.PUSH: 0.3, Channel.IN_APP: 0.35}
TRACKED = 0.8
BROWSERS = (
    *["Chrome · Android"] * 5,
    *["Chrome · Windows"] * 3,
    *["Safari · iPhone"] * 2,
    "Firefox · Windows",
    "Edge · Windows",
)


def said(random: Random, customer: Customer, at: datetime) -> list[Statement]:
    """What one customer, who takes our mails, has agreed to besides."""
    rows = []
    for channel, share in AGREES.items():
        needs_phone = channel in (Channel.SMS, Channel.WHATSAPP)
        if random.random() < share and (customer.phone or not needs_phone):
            asked = customer.acquired_at or at
            purposes = (
                (Purpose.SENDING, Purpose.TRACKING) if random.random() < TRACKED else (Purpose.SENDING,)
            )
            rows += [
                replace(statement(customer, True, asked, None, purpose), channel=channel)
                for purpose in purposes
            ]
    return rows


def devices(rows: list[Statement]) -> list[Reach]:
    """A browser that takes push messages for everybody who agreed to them; it belongs to nobody."""
    people = {row.customer_id for row in rows if row.channel == Channel.PUSH}
    made = [(pk, f"https://push.example/device/{pk}") for pk in sorted(people)]
    return [
        Reach(
            customer_id=pk,
            channel=Channel.PUSH,
            address=address,
            address_key=suppression.address_key(Channel.PUSH, address),
        )
        for pk, address in made
    ]


def browsers(random: Random, rows: list[Reach], at: datetime) -> list[PushSubscription]:
    """What the customer page shows of these. None of them can be called: they hold no keys."""
    key = keys.active(at)
    return [
        PushSubscription(
            endpoint_key=devices_of.endpoint_key(row.address),
            endpoint=row.address,
            vapid_key=key,
            customer_id=row.customer_id,
            address=row.address,
            browser=random.choice(BROWSERS),
            created_at=at - timedelta(days=random.randint(3, 400)),
            renewed_at=at - timedelta(days=random.randint(0, 2)),
        )
        for row in rows
    ]


@stages.register
class Devices(Stage):
    key = "devices"
    order = 55

    def build(self, random: Random, at: datetime) -> None:
        for name, channel in ACCOUNTS:
            Account.objects.get_or_create(name=name, defaults={"backend": "sandbox", "channel": channel})
        agreed = Permission.objects.filter(channel=Channel.EMAIL, purpose=Purpose.SENDING, granted=True)
        people = Customer.objects.filter(pk__in=agreed.values("customer")).order_by("pk")
        rows = [row for customer in people for row in said(random, customer, at)]
        consent.record(rows, at, Origin.DEMO)
        reached = devices(rows)
        PushSubscription.objects.bulk_create(browsers(random, reached, at))
        Reach.objects.bulk_create(
            reached,
            update_conflicts=True,
            unique_fields=["customer", "channel"],
            update_fields=["address", "address_key"],
        )
        suppression.refresh_keys(None, suppression.in_use())
