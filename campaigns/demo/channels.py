"""A campaign of yesterday on four channels, one after the other for whoever had not read it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

from django.conf import settings
from django.urls import reverse

from campaigns.demo import campaigns
from campaigns.models import Occurrence
from channels import tracking
from channels.delivery import batching, fallback, sending
from channels.messages.blocks import blocks
from channels.messages.formats import formats
from channels.models import Channel, Content, Delivery, DeliveryEvent, Message
from channels.tracking import Event
from customers.demo_shop import Stage, stages
from customers.models import Origin, Segment

ORDER = [Channel.PUSH.value, Channel.IN_APP.value, Channel.SMS.value, Channel.EMAIL.value]
UNREAD_AFTER = timedelta(hours=3)
READS = 0.45  # of those who get it on a channel, before the next one is tried
WORDS = {
    "de": (
        "Danke, {{ first_name }}!",
        "Für Ihre Treue packen wir Ihnen ein Geschenk ein. Es liegt sieben Tage an der Kasse bereit.",
        "Geschenk ansehen",
    ),
    "en": (
        "Thank you, {{ first_name }}!",
        "For your loyalty we have wrapped a present for you. It waits at the till for seven days.",
        "See the present",
    ),
}


def write(message: Message, front: str) -> None:
    """The same words on each channel, as each shows them."""
    for language, (title, words, label) in WORDS.items():
        for channel in ORDER:
            parts = [("text", {"text": words}), ("button", {"label": label, "link": front})]
            if channel == Channel.EMAIL:
                parts = [("heading", {"text": title}), *parts, ("footer", blocks["footer"].new(language))]
            Content.objects.create(
                message=message,
                channel=channel,
                language=language,
                subject="" if channel == Channel.SMS else title,
                preheader=words if channel == Channel.EMAIL else "",
                options=formats[channel].new_options(),
                blocks=[{"id": f"b{n}", "kind": kind, **fields} for n, (kind, fields) in enumerate(parts, 1)],
            )


def carry(run: Occurrence, random: Random, at: datetime) -> None:
    """Send it through the sandbox, let some read it, and pass the rest on, as workers would have done."""
    for number in range(len(ORDER)):
        now = at + number * (UNREAD_AFTER + timedelta(minutes=10))
        if number:
            fallback.unread(now)
        work(now)
        went = Delivery.objects.filter(
            message=run.version.message_id, attempt=number, called_at__isnull=False
        )
        went.update(called_at=now, ended_at=now)
        tracking.record(opened(random, went.order_by("pk"), now), now, Origin.DEMO)


def work(now: datetime) -> None:
    for packed in list(batching.pack(now)):
        fence = batching.claim(packed.batch_id)
        if fence is not None:
            sending.run(packed.batch_id, fence, lambda: now)


def opened(random: Random, went: Iterable[Delivery], at: datetime) -> list[Event]:
    return [
        Event(
            key=f"demo-open-{row.pk}",
            delivery_id=row.pk,
            kind=DeliveryEvent.Kind.OPENED,
            at=at + timedelta(minutes=random.randrange(1, 170)),
            link_id=None,
            human=True,
            detail={},
        )
        for row in went
        if row.tracked and random.random() < READS
    ]


@stages.register
class SeveralChannels(Stage):
    key = "several-channels"
    order = 75
    asks_much = True

    def build(self, random: Random, at: datetime) -> None:
        segment = Segment.objects.get(name="Stammkunden in Deutschland, Österreich und der Schweiz")
        campaign = campaigns.blank("Dank an Stammkunden", segment)
        message = campaign.message
        message.channels, message.unread_after = ORDER, UNREAD_AFTER
        message.save(update_fields=["channels", "unread_after"])
        write(message, settings.PUBLIC_URL + reverse("demo_front"))
        sent_at = at - timedelta(hours=15)
        run = campaigns.begin(campaign, sent_at)
        carry(run, random, sent_at)
        waiting = Delivery.objects.filter(message=message, state=Delivery.State.PLANNED)
        waiting.update(state=Delivery.State.EXPIRED, reason="late", ended_at=at)
        campaigns.finish(run, sent_at)
