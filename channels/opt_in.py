"""Double opt-in: somebody asks, a plain mail without advertising goes out, and only the click in it is consent.

`ask` writes a row and nothing else, so its caller answers the same, as fast, for every address. `mail_waiting` is
the worker's part: it decides who gets a mail and sends it.
"""

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Lower

from channels import consent, links, service_mail, suppression
from channels.backends.base import Kind
from channels.models import Channel, Consent, OptIn, Permission, Purpose, Topic
from customers import guest_orders
from customers.models import Customer, Origin
from customers.permissions import Asked
from customers.signals import people_changed

log = logging.getLogger(__name__)

# How many mails may be caused in a period (reliability T27): otherwise our form would bomb strangers.
PER_MAILBOX = ((timedelta(days=1), 1), (timedelta(days=7), 3))
PER_CLIENT = (timedelta(hours=1), 20)
PER_KEY = 200  # a busy till in an hour
PER_DOMAIN = (timedelta(hours=1), 500)
MAIL_WITHIN = timedelta(days=1)
VALID_FOR = timedelta(days=14)
BATCH = 100
LEASE = timedelta(minutes=5)
# In seconds; the rest of the lease is for the mail that is being handed over.
WORK_FOR = LEASE.total_seconds() / 2
LOCK = 7_202_601  # any number that no other advisory lock of ours has


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
    addresses = {request.address.strip().lower() for request in wanted}
    said = Permission.objects.filter(channel=Channel.EMAIL, purpose=Purpose.SENDING)
    decided = set(said.filter(customer_id__in=ids).values_list("customer_id", flat=True))
    decided_by_address = set(
        said.annotate(address=Lower("customer__email"))
        .filter(address__in=addresses)
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


# --- The worker's part ---


def mail_waiting(at: datetime) -> int:
    """Send what waits; returns how many were mailed. A broken line leaves the rest waiting."""
    until, mailed = time.monotonic() + WORK_FOR, 0
    while rows := _claim(at):
        kinds = list(_mail_each(rows, until, at))
        mailed += sum(kind in TAKEN for kind in kinds)
        if len(kinds) < len(rows) or kinds[-1] in BROKEN:
            _release(rows[len(kinds) :])
            break
    return mailed


# It may have arrived, and a stranger's mailbox is not for trying out: she can ask again.
TAKEN = frozenset({Kind.ACCEPTED, Kind.UNKNOWN})
BROKEN = frozenset({Kind.LINE, Kind.US, Kind.UNSENT})


def _mail_each(rows: Iterable[OptIn], until: float, at: datetime) -> Iterator[Kind | None]:
    """What became of each row, as far as the line and the time go."""
    for row in rows:
        if time.monotonic() > until:
            return
        kind = _mail(row, at)
        _settle(row, kind, at)
        yield kind
        if kind in BROKEN:
            return


@transaction.atomic
def _claim(at: datetime) -> list[OptIn]:
    """The waiting rows that may be mailed now, leased to us. A killed worker's are free when its lease runs out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return []
    free = Q(claimed_until=None) | Q(claimed_until__lte=at)
    waiting = OptIn.objects.filter(free, mailed_at=None, confirmed_at=None, withheld="")
    rows = list(waiting.select_related("topic").order_by("asked_at", "pk")[:BATCH])
    limits = _Limits(rows, at)
    for row in rows:
        row.withheld = _withheld(row, limits, at)
        if not row.withheld and limits.take(row):
            row.claimed_until = at + LEASE
            row.token_hash = _hash(links.opt_in_token(row.pk))
    OptIn.objects.bulk_update(rows, ["claimed_until", "withheld", "token_hash"])
    return [row for row in rows if row.claimed_until and row.claimed_until > at]


def _settle(row: OptIn, kind: Kind | None, at: datetime) -> None:
    """Write down what became of a claimed row. One that failed is tried again when its lease runs out, so that
    it lets others go first."""
    ours = OptIn.objects.filter(pk=row.pk)
    if kind in TAKEN:
        ours.update(mailed_at=at, claimed_until=None)
    elif kind == Kind.ADDRESS:
        ours.update(withheld="bad_address", claimed_until=None)


def _release(untried: Iterable[OptIn]) -> None:
    """Others may have them at once."""
    OptIn.objects.filter(pk__in=[row.pk for row in untried]).update(claimed_until=None)


def _withheld(row: OptIn, limits: "_Limits", at: datetime) -> str:
    if row.asked_at < at - MAIL_WITHIN:
        return "late"
    if row.address_key in limits.suppressed:
        return "suppressed"
    return "capped" if limits.reached(row) else ""


class _Limits:
    """How much of each limit is used up, for a batch: four queries, then counting on in memory.

    `used` counts the mails that were taken, `held` those that are claimed and may yet fail.
    """

    def __init__(self, rows: Iterable[OptIn], at: datetime) -> None:
        self.suppressed = suppression.load(Channel.EMAIL, [row.address_key for row in rows])
        mailed = OptIn.objects.filter(mailed_at__gt=at - PER_MAILBOX[-1][0])
        same = mailed.filter(mailbox_key__in=[row.mailbox_key for row in rows])
        self.used: Counter[tuple[str, timedelta]] = Counter()
        for row in same.only("mailbox_key", "mailed_at"):
            periods = [
                period for period, _most in PER_MAILBOX if row.mailed_at and row.mailed_at > at - period
            ]
            self.used.update((row.mailbox_key, period) for period in periods)
        recent = OptIn.objects.filter(mailed_at__gt=at - PER_CLIENT[0])
        for address, evidence in recent.values_list("address", "evidence"):
            self.used.update([(_domain(address), PER_DOMAIN[0]), (_client(evidence), PER_CLIENT[0])])
        self.held: Counter[tuple[str, timedelta]] = Counter()
        for row in OptIn.objects.filter(mailed_at=None, withheld="", claimed_until__gt=at):
            self.held.update(key for key, _most in self._of(row))

    def _of(self, row: OptIn) -> list[tuple[tuple[str, timedelta], int]]:
        """The limits that a row falls under, and how many mails each allows."""
        found = [((row.mailbox_key, period), most) for period, most in PER_MAILBOX]
        found.append(((_domain(row.address), PER_DOMAIN[0]), PER_DOMAIN[1]))
        if client := _client(row.evidence):
            most = PER_KEY if row.evidence.get("key") else PER_CLIENT[1]
            found.append(((client, PER_CLIENT[0]), most))
        return found

    def reached(self, row: OptIn) -> bool:
        return any(self.used[key] >= most for key, most in self._of(row))

    def take(self, row: OptIn) -> bool:
        """Hold a place for one mail; False while others hold the last one, which they may yet give back."""
        limits = self._of(row)
        if any(self.used[key] + self.held[key] >= most for key, most in limits):
            return False
        self.held.update(key for key, _most in limits)
        return True


def _client(evidence: dict[str, Any]) -> str:
    """Who caused it: the till or shop whose key it was, else the address of the one who asked."""
    return f"key {evidence['key']}" if evidence.get("key") else evidence.get("ip", "")


def _domain(address: str) -> str:
    return "@" + address.rpartition("@")[2].lower()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _mail(row: OptIn, at: datetime) -> Kind | None:
    """What became of the mail; None when we failed before anybody was called. It must not cost the others theirs."""
    token = links.opt_in_token(row.pk)
    try:
        return service_mail.opt_in(row.address, row.language, row.topic, token, row.asked_at, at).kind
    except Exception:
        log.exception("Opt-in %s could not be mailed", row.pk)
        return None


# --- The customer's part ---


def find(token: str, at: datetime) -> OptIn | None:
    """The request that a token confirms; None for a bad token, and for one that was given up as too old."""
    try:
        pk = links.read_opt_in(token)
    except links.BadToken:
        return None
    found = OptIn.objects.select_related("topic", "customer").filter(pk=pk, token_hash=_hash(token)).first()
    if found is None or (found.confirmed_at is None and found.asked_at < at - VALID_FOR):
        return None
    return found


@transaction.atomic
def confirm(opt_in: OptIn, evidence: dict[str, Any], at: datetime) -> None:
    """Turn the request into consent, once. `evidence` names the ip of the confirming request."""
    row = OptIn.objects.select_for_update(of=("self",)).select_related("topic").get(pk=opt_in.pk)
    if row.confirmed_at is not None:
        return
    customer = row.customer or _customer(row, at)
    proof = row.evidence | {
        "token_hash": row.token_hash,
        "asked_at": row.asked_at.isoformat(),
        "mailed_at": row.mailed_at.isoformat() if row.mailed_at else None,
        "confirmed_at": at.isoformat(),
        "confirmed_ip": evidence.get("ip"),
    }
    statement = consent.Statement(
        customer_id=(customer.merged_into or customer).pk,
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


def _customer(row: OptIn, at: datetime) -> Customer:
    """Who has this address, the one we have known longest; a new customer where nobody has."""
    living = Customer.objects.filter(merged_into=None, erased_at=None, email__iexact=row.address)
    known = living.order_by("pk").first()
    if known is not None:
        return known
    added = Customer.objects.create(
        email=row.address,
        language=row.language,
        acquisition_source=row.evidence.get("source", "")[:80],
        acquired_at=at,
    )
    people_changed.send(Customer, ids=[added.pk], at=at, origin=Origin.LIVE)
    return added


def forget(at: datetime) -> int:
    """Delete the requests that nobody confirmed in time: an address that was only typed is not ours to keep."""
    unconfirmed = Q(confirmed_at=None, asked_at__lt=at - VALID_FOR)
    return OptIn.objects.filter(unconfirmed).delete()[0]
