"""What other apps hear people say (customers.permissions), made statements of the ledger: see `channels/consent.py`."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from channels import addresses, consent
from channels.consent import Statement
from channels.models import Channel, Consent, Permission, Purpose, Topic
from customers.addresses import address_key
from customers.models import Customer, Erasure, Origin
from customers.permissions import Stated

BASIS = {
    Origin.LIVE: Consent.Basis.STATED,
    Origin.IMPORT: Consent.Basis.IMPORT,
    Origin.DEMO: Consent.Basis.DEMO,
}


def hear(statements: Sequence[Stated], at: datetime, origin: Origin) -> Counter[str]:
    """Record what was stated elsewhere; counts recorded, grant_ignored, grant_unproven, channel_unknown, answered.

    An import only narrows, unless it brings proofs: its refusals are written, its grants ignored without one. A
    refusal of a topic that we do not have covers all topics, since what cannot be told apart must not be lost.
    That somebody bought is taken for a yes only where she herself has never said yes or no, and nobody has said no
    at her address: an objection stands, whatever number the next order comes with.
    """
    answered = _answered([each for each in statements if each.existing_customer])
    topics = dict(Topic.objects.values_list("key", "id"))
    fates: Counter[str] = Counter()
    good: list[Statement] = []
    for stated in statements:
        fate = _fate(stated, origin, topics, answered)
        fates[fate] += 1
        if fate == "recorded":
            good.append(_statement(stated, origin, topics))
    consent.record(good, at, origin)
    return fates


def _answered(bought: Sequence[Stated]) -> set[tuple[int, str]]:
    """For whom, on which channel, there is an answer already: her own, or a refusal at her address. All whom it may
    be from are held, so that nobody gives one now."""
    asked: defaultdict[str, set[int]] = defaultdict(set)
    for each in bought:
        asked[each.channel].add(each.customer_id)
    beside = {channel: _beside(channel, people) for channel, people in asked.items()}
    consent.hold({pk for pairs in beside.values() for pair in pairs for pk in pair}.union(*asked.values()))
    found = {(pk, channel) for channel, people in asked.items() for pk in _said(channel, people)}
    for channel, pairs in beside.items():
        refused = _said(channel, {other for _pk, other in pairs}, granted=False)
        found.update((pk, channel) for pk, other in pairs if other in refused)
    return found


def _beside(channel: str, people: Collection[int]) -> set[tuple[int, int]]:
    """Pairs of one of these people and somebody else who is reached at the same address, or was before she was
    erased: then only its hash is left."""
    pairs = addresses.shared(channel, people)
    if channel == Channel.EMAIL:
        emails = Customer.objects.filter(pk__in=people).values_list("pk", "email")
        keys = {pk: address_key(channel, email) for pk, email in emails if email}
        erased = Erasure.objects.filter(hashes__overlap=list(keys.values())).values_list("customer", "hashes")
        pairs |= {(pk, other) for other, hashes in erased for pk, key in keys.items() if key in hashes}
    return pairs


def _said(channel: str, people: Iterable[int], **what: bool) -> set[int]:
    """Those of these people who have said anything, or just that, about being written to."""
    said = Permission.objects.filter(customer__in=people, channel=channel, purpose=Purpose.SENDING, **what)
    return set(said.values_list("customer_id", flat=True))


def _fate(stated: Stated, origin: Origin, topics: dict[str, int], answered: set[tuple[int, str]]) -> str:
    if stated.channel not in Channel.values or stated.purpose not in Purpose.values:
        return "channel_unknown"
    if not stated.granted:
        return "recorded"
    if origin == Origin.IMPORT and not consent.is_proven(BASIS[origin], stated.evidence):
        return "grant_ignored"
    if stated.existing_customer and (stated.customer_id, stated.channel) in answered:
        return "answered"
    if stated.topic and stated.topic not in topics:
        return "grant_unproven"
    return "recorded" if consent.is_proven(_basis(stated, origin), stated.evidence) else "grant_unproven"


def _basis(stated: Stated, origin: Origin) -> str:
    return Consent.Basis.EXISTING_CUSTOMER if stated.existing_customer else BASIS[origin]


def _statement(stated: Stated, origin: Origin, topics: dict[str, int]) -> Statement:
    return Statement(
        customer_id=stated.customer_id,
        channel=stated.channel,
        granted=stated.granted,
        basis=_basis(stated, origin),
        stated_at=stated.stated_at,
        topic_id=topics.get(stated.topic),
        purpose=stated.purpose,
        evidence=stated.evidence,
    )
