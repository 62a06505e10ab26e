"""Stop by a word that somebody writes back, and her own word that takes it back."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from channels import consent, opt_out, suppression, tracking
from channels.consent import Statement
from channels.models import Consent, Delivery, DeliveryEvent, Purpose, Reply, Suppression
from channels.opt_out import Held

ABOUT = timedelta(days=30)  # a stop is put down to a message that is not older
# Those that the unique index on addresses holds.
LIVE = ("calling", "accepted", "delivered", "unknown")
STOP = {"wording": "stop-word-2026-11", "form": "stop_word"}
BY_STOP = Q(evidence__contains={"form": STOP["form"]})
START = {"wording": "start-word-2026-11", "form": "start_word"}


def stop(reply: Reply, people: Sequence[int], at: datetime) -> None:
    """No more on this channel, for everybody with the number; for a number that nobody has, should somebody get it."""
    before = opt_out.held(people, reply.channel)
    statements = [
        _statement(reply, person, None, STOP | before[person], at, granted=False) for person in people
    ]
    if statements:
        consent.record(statements, at)
    else:
        objection = Suppression.Reason.OBJECTION
        suppression.suppress(reply.channel, [reply.sender], objection, at, f"reply {reply.pk}")
    if (about := _last_message(reply, at)) is not None:
        tracking.record([tracking.Event(about, DeliveryEvent.Kind.OPTED_OUT, f"reply:{reply.pk}", at)], at)


def _last_message(reply: Reply, at: datetime) -> int | None:
    """The message that a stop most likely answers."""
    sent = Delivery.objects.filter(
        address_key=reply.address_key, channel=reply.channel, state__in=LIVE, called_at__gt=at - ABOUT
    )
    return sent.order_by("-called_at").values_list("pk", flat=True).first()


def taken(people: Sequence[int], channel: str) -> dict[int, Held]:
    """By person what her stop words ended, if nobody has said anything about her since."""
    said = Consent.objects.filter(customer__in=people, channel=channel, purpose=Purpose.SENDING)
    found: dict[int, Held] = {}
    for row in said.filter(BY_STOP).exclude(Exists(_said_since(channel))).order_by("pk"):
        was, ended = found.setdefault(row.customer_id, Held(set(), set())), opt_out.ended_by(row)
        was.topics.update(ended.topics)
        was.refused.update(ended.refused)
    return {person: was for person, was in found.items() if was.topics}


def _said_since(channel: str) -> QuerySet[Consent]:
    """What was said of the same person after a statement, but for further stop words."""
    later = Q(stated_at__gt=OuterRef("stated_at")) | Q(stated_at=OuterRef("stated_at"), pk__gt=OuterRef("pk"))
    said = Consent.objects.filter(customer=OuterRef("customer"), channel=channel, purpose=Purpose.SENDING)
    return said.filter(later).exclude(BY_STOP)


def take_back(reply: Reply, taken: Mapping[int, Held], at: datetime) -> None:
    """She writes from the number itself: what she agreed to before she stopped it holds again, nothing else."""
    statements = [
        _statement(reply, person, topic, START, then, granted=granted)
        for person, was in taken.items()
        for topic, granted, then in opt_out.as_before(was, at)
    ]
    consent.record(statements, at)
    objection = Suppression.objects.filter(
        channel=reply.channel, address_key=reply.address_key, reason=Suppression.Reason.OBJECTION
    )
    for each in objection:  # the provider repeats a stop as its own objection
        suppression.release(each, at)


def _statement(
    reply: Reply, person: int, topic_id: int | None, evidence: dict[str, Any], at: datetime, *, granted: bool
) -> Statement:
    return Statement(
        customer_id=person,
        channel=reply.channel,
        granted=granted,
        basis=Consent.Basis.STATED,
        stated_at=at,
        topic_id=topic_id,
        evidence=evidence | {"source": reply.channel, "word": reply.text[:40], "reply": reply.pk},
    )
