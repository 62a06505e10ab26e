"""One's own data, and being forgotten, by a link that is sent to the address: whoever reads her mail is she, and
whoever reads the texts to her number where there is no mailbox.

`ask` writes a row, `mail_waiting` is the worker's part, `take` uses a link up.
"""

import logging
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Q

from channels import addresses, links, opt_in, service_mail, suppression
from channels.backends.base import Kind
from channels.models import Channel, DataRequest
from channels.opt_out import Door
from customers.models import Customer

log = logging.getLogger(__name__)

VALID_FOR = timedelta(hours=1)
REFUSED = timedelta(days=7)  # so long an address is not tried again
# How many mails or texts may be caused (reliability T27): a forwarded message must not become a way to bomb its reader.
PER_ADDRESS = ((timedelta(days=1), 2), (timedelta(days=7), 5))
PER_CLIENT = (timedelta(hours=1), 20)
LEASE = timedelta(minutes=5)
BATCH = 50
TAKEN = frozenset({Kind.ACCEPTED, Kind.UNKNOWN})
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('data request of ' || %s, 0))"


class Way(NamedTuple):
    """Where a link goes. `key`: the hash of the address."""

    channel: str
    address: str
    key: str


def way(customer: Customer, at: datetime) -> Way | None:
    """To her mailbox; without one that works, to her number by an SMS account. Who has neither asks the shop, which
    knows her otherwise."""
    return next((each for each in _ways(customer) if _works(each, at)), None)


def _ways(customer: Customer) -> list[Way]:
    has = addresses.own(customer)
    return [
        Way(each, has[each], suppression.address_key(each, has[each]))
        for each in (Channel.EMAIL, Channel.SMS)
    ]


def _works(way: Way, at: datetime) -> bool:
    if not way.key or (way.channel == Channel.SMS and service_mail.sms_account() is None):
        return False
    refused = DataRequest.objects.filter(
        address_key=way.key, withheld="bad_address", asked_at__gt=at - REFUSED
    )
    stopped = suppression.load(way.channel, [way.key]).get(way.key) in suppression.STOPS_SERVICE
    return not (stopped or refused.exists())


def way_of(row: DataRequest) -> Way | None:
    """Where its link went or is to go; None if she no longer has that address."""
    return next((each for each in _ways(row.customer) if each.key == row.address_key), None)


@transaction.atomic
def ask(door: Door, kind: DataRequest.Kind, language: str, client: str, at: datetime) -> bool:
    """Have a link sent to her; False where there were too many already, or there is no way to her."""
    to = way(door.customer, at)
    if to is None:
        return False
    key = to.key
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [key])  # of two at once the second has to see the first
    if _full(key, client, at):
        return False
    DataRequest.objects.create(
        kind=kind, customer=door.customer, language=language, address_key=key, client=client[:64], asked_at=at
    )
    return True


def _full(key: str, client: str, at: datetime) -> bool:
    asked = DataRequest.objects  # whatever became of it: a provider that refuses was called all the same
    of_address = (
        asked.filter(address_key=key, asked_at__gt=at - period).count() >= most
        for period, most in PER_ADDRESS
    )
    period, most = PER_CLIENT
    return any(of_address) or (
        bool(client) and asked.filter(client=client[:64], asked_at__gt=at - period).count() >= most
    )


def mail_waiting(at: datetime) -> int:
    """Send the links that wait; how many a provider took. What failed is tried again when its lease runs out."""
    return sum(_mail(row, at) for row in _claim(at))


@transaction.atomic
def _claim(at: datetime) -> list[DataRequest]:
    waiting = DataRequest.objects.filter(mailed_at=None, withheld="")
    waiting.filter(asked_at__lt=at - VALID_FOR).update(withheld="late")
    free = waiting.filter(Q(claimed_until=None) | Q(claimed_until__lte=at))
    rows = list(
        free.select_for_update(of=("self",), skip_locked=True)
        .select_related("customer")
        .order_by("pk")[:BATCH]
    )
    for row in rows:
        row.claimed_until, row.token_hash = at + LEASE, opt_in.hashed(links.data_token(row.pk))
    DataRequest.objects.bulk_update(rows, ["claimed_until", "token_hash"])
    return rows


def _mail(row: DataRequest, at: datetime) -> bool:
    ours, to = DataRequest.objects.filter(pk=row.pk), way_of(row)
    if to is None:
        ours.update(withheld="bad_address", claimed_until=None)
        return False
    try:
        kind = _sent(row, to, at)
    except Exception:
        log.exception("The link of data request %s could not be mailed", row.pk)
        return False
    if kind in TAKEN:
        ours.update(mailed_at=at, claimed_until=None)
    elif kind == Kind.ADDRESS:
        ours.update(withheld="bad_address", claimed_until=None)
    return kind in TAKEN


def _sent(row: DataRequest, to: Way, at: datetime) -> Kind:
    token = links.data_token(row.pk)
    if to.channel == Channel.SMS:
        return service_mail.data_text(to.address, row.language, row.kind, token, at).kind
    return service_mail.data_link(to.address, row.language, row.kind, token, row.asked_at, at).kind


def find(token: str, at: datetime) -> DataRequest | None:
    """The request whose link may still be used: mailed within the hour, not used, her address as it was."""
    try:
        pk = links.read_data(token)
    except links.BadToken:
        return None
    living = DataRequest.objects.filter(customer__erased_at=None, customer__merged_into=None)
    fresh = living.filter(pk=pk, token_hash=opt_in.hashed(token), used_at=None, mailed_at__gt=at - VALID_FOR)
    row = fresh.select_related("customer").first()
    return row if row is not None and way_of(row) else None


def take(row: DataRequest, at: datetime) -> bool:
    """Use a link up; False if somebody was faster. Call it in the transaction of what it is used for."""
    return DataRequest.objects.filter(pk=row.pk, used_at=None).update(used_at=at) == 1
