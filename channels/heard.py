"""What other apps hear people say (customers.permissions), made statements of the ledger: see `channels/consent.py`."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower

from channels import consent
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
    """For whom, on which channel, there is an answer already: her own, or a refusal at her mailbox.

    The buyers are held, so none of them gives an answer now, and an opt-out link, which speaks for all at its mailbox,
    waits or is seen. What another person there refuses for herself alone at this very moment, by staff or an import,
    may slip through: to hold strangers as well would lock people out of order.
    """
    asked: defaultdict[str, set[int]] = defaultdict(set)
    for each in bought:
        asked[each.channel].add(each.customer_id)
    consent.hold(set[int]().union(*asked.values()))
    found = {(pk, channel) for channel, people in asked.items() for pk in _spoken(channel, people)}
    return found | {(pk, Channel.EMAIL.value) for pk in _refused_beside(asked[Channel.EMAIL])}


def _spoken(channel: str, people: Collection[int]) -> QuerySet[Permission, int]:
    """Those of these people who have said anything about being written to."""
    said = Permission.objects.filter(customer__in=people, channel=channel, purpose=Purpose.SENDING)
    return said.values_list("customer_id", flat=True)


def _refused_beside(people: Collection[int]) -> set[int]:
    """Those of these people at whose mailbox somebody has refused, who has it now or had it when she was erased: then
    only its hash is left."""
    refusals = Permission.objects.filter(channel=Channel.EMAIL, purpose=Purpose.SENDING, granted=False)
    reached = Customer.objects.filter(pk__in=people).exclude(email="")
    emails = dict(reached.values_list("pk", "email"))
    if not emails:
        return set()
    beside = refusals.alias(mailbox=Lower("customer__email")).filter(mailbox=Lower(OuterRef("email")))
    keys = {pk: address_key(Channel.EMAIL, email) for pk, email in emails.items()}
    gone = Erasure.objects.filter(hashes__overlap=list(keys.values()))
    by_gone = gone.filter(Exists(refusals.filter(customer=OuterRef("customer"))))
    refused = {key for hashes in by_gone.values_list("hashes", flat=True) for key in hashes}
    living = set(reached.filter(Exists(beside)).values_list("pk", flat=True))
    return living | {pk for pk, key in keys.items() if key in refused}


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
