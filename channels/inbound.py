"""What people write back: a stop counts at once, and so does her own start after it; help is answered once, and
a free text waits for a human.

A message is written down once, by the provider's name for it; whatever it causes commits with that row.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from channels import addresses, consent, keywords, speech, stop_words, suppression
from channels.models import Account, Brand, Channel, Reply
from customers.models import Customer, Shop

WINDOW = timedelta(hours=24)
ONE_ANSWER = timedelta(hours=24)  # so that two machines do not talk for ever
LONGEST = 4_000


class Received(NamedTuple):
    """A message as its provider tells it. `answered`: the provider has already answered the word by itself."""

    account: Account
    channel: str
    provider_id: str
    sender: str
    text: str
    media: int = 0
    kind: Reply.Kind | None = None
    answered: bool = False


@transaction.atomic
def hear(received: Received, at: datetime) -> str:
    """Write it down and do what it says; the answer that is to be given, or "". Repeated, it does nothing."""
    kind, language = keywords.meaning(received.text)
    kind = received.kind or kind
    people = _people(received.sender)
    consent.hold([person.pk for person in people])  # before anything else locks, as everywhere
    taken = stop_words.taken([person.pk for person in people], received.channel)
    if kind == Reply.Kind.START and not taken:
        kind = Reply.Kind.TEXT  # nothing that she could take back: a person has to see what she means
    reply = _written(received, kind, people, at)
    if reply is None:
        return ""
    if kind == Reply.Kind.STOP:
        stop_words.stop(reply, [person.pk for person in people], at)
    if kind == Reply.Kind.START:
        stop_words.take_back(reply, taken, at)
    if kind == Reply.Kind.HELP and not received.answered and _may_answer(reply, at):
        Reply.objects.filter(pk=reply.pk).update(answered_at=at)
        return who_we_are(people[0].language if people else language or Shop.current().languages[0])
    return ""


def _people(number: str) -> list[Customer]:
    """Whoever has this number now; an erased or merged one has none any more."""
    return list(addresses.sharing(Channel.SMS, number).order_by("pk"))


def _written(received: Received, kind: Reply.Kind, people: list[Customer], at: datetime) -> Reply | None:
    channel = received.channel
    reply, fresh = Reply.objects.get_or_create(
        provider_id=received.provider_id[:64],
        defaults={
            "account": received.account,
            "channel": channel,
            "customer": people[0] if people else None,
            "sender": received.sender[:40],
            "address_key": suppression.address_key(channel, received.sender),
            "kind": kind,
            "text": received.text.replace("\x00", "")[:LONGEST],
            "media": min(max(received.media, 0), 100),
            "at": at,
            "done_at": None if kind == Reply.Kind.TEXT else at,
        },
    )
    return reply if fresh else None


def _may_answer(reply: Reply, at: datetime) -> bool:
    recent = Q(address_key=reply.address_key, account=reply.account_id, answered_at__gt=at - ONE_ANSWER)
    return not Reply.objects.filter(recent).exclude(pk=reply.pk).exists()


def who_we_are(language: str) -> str:
    """One text for whoever asks, known or not."""
    shop, brand = Shop.current(), Brand.current()
    with translation.override(speech.spoken(language)):
        told = _("%(shop)s: advertising goes only to numbers that agreed to it; STOP ends it. %(imprint)s")
        imprint = ", ".join(speech.in_language(brand.imprint, language).split("\n"))
        return (told % {"shop": shop.name, "imprint": imprint}).strip()[:480]


def open_windows(account: Account, numbers: Collection[str], at: datetime) -> set[str]:
    """Those who wrote to this account within 24 hours: WhatsApp lets free text through to them only."""
    keys = {suppression.address_key(account.channel, number): number for number in numbers}
    wrote = Reply.objects.filter(account=account, address_key__in=keys, at__gt=at - WINDOW, at__lte=at)
    return {keys[key] for key in wrote.values_list("address_key", flat=True)}
