"""Who said yes to which topic, who took it back, and who was never asked."""

from datetime import datetime, timedelta
from random import Random

from channels import consent
from channels.consent import Statement
from channels.models import Channel, Consent, Purpose, Topic
from customers.demo_shop import Stage, stages
from customers.models import Customer, Origin

SAYS_YES = 0.68
TRACKED = 0.6  # of those who say yes
TAKES_BACK = 0.14  # of those who said yes
WORDING = "demo-1"


def statement(
    customer: Customer,
    granted: bool,
    stated_at: datetime,
    topic: Topic | None,
    purpose: str = Purpose.SENDING,
) -> Statement:
    return Statement(
        customer_id=customer.pk,
        channel=Channel.EMAIL,
        granted=granted,
        basis=Consent.Basis.DEMO,
        stated_at=stated_at,
        topic_id=topic.pk if topic else None,
        purpose=purpose,
        evidence={"wording": WORDING, "form": "demo", "source": customer.acquisition_source},
    )


def said(random: Random, customer: Customer, topics: list[Topic], at: datetime) -> list[Statement]:
    """All that one customer ever stated, oldest first."""
    if not customer.email or random.random() > SAYS_YES:
        return []
    asked = customer.acquired_at or at
    chosen = [
        topic for topic, share in zip(topics, (0.95, 0.7, 0.35), strict=True) if random.random() < share
    ]
    rows = [statement(customer, True, asked, topic) for topic in chosen]
    if random.random() < TRACKED:
        rows.append(statement(customer, True, asked, None, Purpose.TRACKING))
    if random.random() < TAKES_BACK:
        later = asked + timedelta(days=random.uniform(0.2, 0.9) * max((at - asked).days, 1))
        rows.append(statement(customer, False, min(later, at), None))
    return rows


@stages.register
class Permissions(Stage):
    key = "permissions"
    order = 50

    def build(self, random: Random, at: datetime) -> None:
        topics = list(Topic.objects.order_by("position"))
        people = Customer.objects.order_by("pk")
        consent.record([row for c in people for row in said(random, c, topics, at)], at, Origin.DEMO)
