"""A campaign of five weeks ago with its result, a draft for Christmas, and one for those who left a cart."""

from datetime import datetime, timedelta
from itertools import count
from random import Random

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef
from django.urls import reverse

from campaigns import attribution, audience, schedule
from campaigns.demo import contents
from campaigns.models import Campaign, Occurrence
from channels import consent, tracking
from channels.delivery import planning
from channels.messages import versions
from channels.models import Delivery, DeliveryEvent, Link, Message, Purpose, Sender, Topic
from channels.tracking import Event
from customers.demo_shop import Stage, stages
from customers.models import Order, Origin, Segment

SENT_AGO = timedelta(days=37)
ZONE = "Europe/Berlin"

# What became of the planned rows then: the same tests as the gates', as one statement.
SETTLE = """
    UPDATE channels_delivery delivery
    SET state = CASE WHEN NOT says_yes THEN 'withheld' WHEN email = '' THEN 'withheld'
                     WHEN key %% 83 = 0 THEN 'bounced' ELSE 'delivered' END,
        reason = CASE WHEN NOT says_yes THEN 'no_consent' WHEN email = '' THEN 'no_address' ELSE '' END,
        tracked = says_yes AND may_track,
        called_at = CASE WHEN says_yes AND email <> '' THEN sent END,
        ended_at = sent
    FROM (SELECT c.id, c.email, ('x' || substr(md5(c.id::text), 1, 6))::bit(24)::int AS key,
                 c.id IN ({allowed}) AS says_yes, c.id IN ({tracked}) AS may_track,
                 %s::timestamptz + interval '2 seconds' * (c.id %% 400) AS sent
          FROM customers_customer c) person
    WHERE person.id = delivery.customer_id AND delivery.message_id = %s
"""


def blank(name: str, segment: Segment) -> Campaign:
    """A draft that says nothing yet."""
    message = Message.objects.create(
        sender=Sender.objects.get(name="Kaufhaus Linden"), topic=Topic.objects.get(key="newsletter")
    )
    return Campaign.objects.create(name=name, message=message, segment=segment, time_zone=ZONE)


def draft(random: Random, name: str, segment: Segment, what: str) -> Campaign:
    campaign = blank(name, segment)
    contents.write(random, campaign.message, what, settings.PUBLIC_URL + reverse("demo_front"))
    return campaign


def send(campaign: Campaign, at: datetime) -> Occurrence:
    """The run as it would have gone at `at`: everybody planned, then settled in one statement."""
    run = begin(campaign, at)
    topic = campaign.message.topic_id
    allowed, tracked = (
        consent.allowed_sql("email", topic, purpose) for purpose in (Purpose.SENDING, Purpose.TRACKING)
    )
    with connection.cursor() as cursor:
        statement = SETTLE.format(allowed=allowed[0], tracked=tracked[0])
        cursor.execute(statement, [*allowed[1], *tracked[1], at, campaign.message_id])
    finish(run, at)
    return run


def begin(campaign: Campaign, at: datetime) -> Occurrence:
    """Launched at `at`, with everybody planned."""
    version = versions.freeze(campaign.message, None)
    rule = audience.rule(campaign)
    run = Occurrence.objects.create(
        campaign=campaign,
        wall_time=schedule.on_the_wall(at, ZONE),
        due_at=at,
        version=version,
        rule=rule,
        approved=True,
        launched_at=at,
        started_at=at,
    )
    last: int | None = 0
    while last is not None:
        last = planning.plan(version, run.pk, audience.compiled(rule, at), last, at).last_id
    return run


def finish(run: Occurrence, at: datetime) -> None:
    campaign = run.campaign
    run.audience = Delivery.objects.filter(message=campaign.message, attempt=0).count()
    run.state, run.finished_at = Occurrence.State.FINISHED, at + timedelta(minutes=14)
    run.planned_to = 0
    run.save()
    Campaign.objects.filter(pk=campaign.pk).update(state=Campaign.State.FINISHED)


def clicks(random: Random, message: Message) -> list[Event]:
    """Who clicked: many of those who then ordered, few of the others."""
    bought = Order.objects.filter(
        customer=OuterRef("customer"),
        kind=Order.Kind.ORDER,
        placed_at__gt=OuterRef("ended_at"),
        placed_at__lt=OuterRef("ended_at") + timedelta(days=6),
    )
    rows = Delivery.objects.filter(message=message, state="delivered", tracked=True).annotate(
        bought=Exists(bought)
    )
    links = list(
        Link.objects.filter(content__version__message=message).order_by("pk").values_list("pk", flat=True)
    )
    events = []
    number = count(1)
    for pk, ended_at, soon in rows.order_by("pk").values_list("pk", "ended_at", "bought"):
        if ended_at and random.random() < (0.5 if soon else 0.07):
            at = ended_at + timedelta(hours=random.expovariate(0.3 if soon else 0.08))
            events.append(
                Event(
                    key=f"demo-click-{next(number)}",
                    delivery_id=pk,
                    kind=DeliveryEvent.Kind.CLICKED,
                    at=at,
                    link_id=random.choice(links),
                    human=True,
                    detail={},
                )
            )
    return events


@stages.register
class Campaigns(Stage):
    key = "campaigns"
    order = 70

    def build(self, random: Random, at: datetime) -> None:
        everybody = Segment.objects.get(name="Newsletter-Empfänger")
        buyers = Segment.objects.get(name="Wer in zwei Jahren bestellt hat")
        sent_at = (at - SENT_AGO).replace(hour=16)
        past = draft(random, "Herbstauswahl", buyers, "autumn")
        send(past, sent_at)
        tracking.record(clicks(random, past.message), at, Origin.DEMO)
        while attribution.sweep():
            pass
        draft(random, "Weihnachtsauswahl", everybody, "christmas")
        left = Segment.objects.get(name="Warenkorb der letzten drei Tage, nicht gekauft")
        draft(random, "Erinnerung an den Warenkorb", left, "cart")
