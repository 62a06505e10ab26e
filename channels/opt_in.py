"""Double opt-in: somebody asks, a plain mail without advertising goes out, and only the click in it is consent.

`ask` writes a row and nothing else, so its caller answers the same, as fast, for every address. Who gets a mail
is decided by the worker that sends it (`opt_in_mails`).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower

from channels import addresses, consent, links, suppression
from channels.models import Channel, Consent, OptIn, Permission, Purpose, Topic
from customers import guest_orders
from customers.models import Customer, Origin
from customers.permissions import Asked
from customers.signals import people_changed

VALID_FOR = timedelta(days=14)


def ask(
    address: str,
    channel: str,
    topic: Topic | None,
    language: str,
    evidence: dict[str, Any],
    at: datetime,
    customer: Customer | None = None,
) -> OptIn:
    """Note that somebody wants messages. `evidence` names wording, form, source and ip (reliability R9)."""
    row = _row(address, channel, language, evidence, at)
    row.customer, row.topic = customer, topic
    row.save()
    return row


def ask_all(requests: Iterable[Asked], at: datetime) -> Counter[str]:
    """Note requests that come from below; asked, and answered: who has said yes or no is not asked again."""
    wanted = [request for request in requests if request.channel == Channel.EMAIL]
    topics = {topic.key: topic for topic in Topic.objects.filter(key__in={r.topic for r in wanted})}
    ids = {request.customer_id for request in wanted if request.customer_id is not None}
    mailboxes = {request.address.strip().lower() for request in wanted}
    said = Permission.objects.filter(channel=Channel.EMAIL, purpose=Purpose.SENDING)
    decided = set(said.filter(customer_id__in=ids).values_list("customer_id", flat=True))
    decided_by_address = set(
        said.annotate(address=Lower("customer__email"))
        .filter(address__in=mailboxes)
        .values_list("address", flat=True)
    )
    rows = []
    for request in wanted:
        if request.customer_id in decided or request.address.strip().lower() in decided_by_address:
            continue
        row = _row(request.address, request.channel, request.language, request.evidence, request.asked_at)
        row.customer_id, row.topic = request.customer_id, topics.get(request.topic)
        rows.append(row)
    OptIn.objects.bulk_create(rows)
    return Counter(asked=len(rows), answered=len(wanted) - len(rows))


def _row(address: str, channel: str, language: str, evidence: dict[str, Any], at: datetime) -> OptIn:
    return OptIn(
        channel=channel,
        language=language,
        address=address.strip(),
        address_key=suppression.address_key(channel, address),
        mailbox_key=suppression.address_key(channel, _without_tag(address)),
        evidence=evidence,
        asked_at=at,
    )


def _without_tag(address: str) -> str:
    local, at, domain = address.strip().rpartition("@")
    return f"{local.split('+')[0]}{at}{domain}"


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find(token: str, at: datetime) -> OptIn | None:
    """The request that a token confirms; None for a bad token, and for one that was given up as too old."""
    try:
        pk = links.read_opt_in(token)
    except links.BadToken:
        return None
    found = OptIn.objects.select_related("topic", "customer").filter(pk=pk, token_hash=hashed(token)).first()
    if found is None or (found.confirmed_at is None and found.asked_at < at - VALID_FOR):
        return None
    return found


def address_of(opt_in: OptIn) -> str:
    """The address that asked; "" once that is known no more, since it is kept only while it is still hers."""
    if opt_in.address or opt_in.customer is None:
        return opt_in.address
    return addresses.still(opt_in.customer, opt_in.channel, opt_in.address_key)


@transaction.atomic
def confirm(opt_in: OptIn, evidence: dict[str, Any], at: datetime) -> None:
    """Turn the request into consent, once. `evidence` names the ip of the confirming request."""
    row = OptIn.objects.select_for_update(of=("self",)).select_related("topic").get(pk=opt_in.pk)
    if row.confirmed_at is not None:
        return
    customer = _whose(row, at)
    proof = row.evidence | {
        "address_key": row.address_key,
        "token_hash": row.token_hash,
        "asked_at": row.asked_at.isoformat(),
        "mailed_at": row.mailed_at.isoformat() if row.mailed_at else None,
        "confirmed_at": at.isoformat(),
        "confirmed_ip": evidence.get("ip"),
    }
    statement = consent.Statement(
        customer_id=customer.pk,
        channel=row.channel,
        granted=True,
        basis=Consent.Basis.DOUBLE_OPT_IN,
        stated_at=at,
        topic_id=row.topic_id,
        evidence=proof,
    )
    consent.record([statement], at)
    if number := row.evidence.get("order"):
        claim = guest_orders.Claim(row.evidence["source"], number, statement.customer_id)
        guest_orders.claim([claim], at)
    row.customer, row.address, row.confirmed_at = customer, "", at
    row.save(update_fields=["customer", "address", "confirmed_at"])


def _whose(row: OptIn, at: datetime) -> Customer:
    """Whose mailbox gave this yes: hers who was asked, or whom she was merged into, if it still is; else of whoever has
    it, the one we have known longest; else a new customer's. Not hers who was asked and has none: the click proves
    whose the mailbox is, and whoever types an address at the till may have somebody else's card. Staff may merge."""
    asked = row.customer and (row.customer.merged_into or row.customer)
    if asked and addresses.still(asked, row.channel, row.address_key):
        return asked
    known = addresses.sharing(Channel.EMAIL, row.address).order_by("pk").first()
    if known is not None:
        return known
    made = Customer.objects.create(
        email=row.address,
        language=row.language,
        acquisition_source=row.evidence.get("source", "")[:80],
        acquired_at=at,
    )
    people_changed.send(Customer, ids=[made.pk], at=at, origin=Origin.LIVE)
    return made


def forget(at: datetime) -> int:
    """Delete the requests that nobody confirmed in time: an address that was only typed is not ours to keep."""
    unconfirmed = Q(confirmed_at=None, asked_at__lt=at - VALID_FOR)
    return OptIn.objects.filter(unconfirmed).delete()[0]
