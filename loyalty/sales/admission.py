"""The door of a private sale: who may enter now, and if not, from when or why not.

The first time that somebody may enter she takes a place of the quota, once and for all; that is one guarded update,
made while her grant is held, so that however many ask at once nobody gets two places and nobody one too many.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from customers.models import Customer
from loyalty import play_links
from loyalty.models import AccessGrant, Sale, SaleDeed
from loyalty.sales import opening

ALLOWED, NOT_YET, ENDED, QUOTA_GONE = "allowed", "not_yet", "ended", "quota_gone"
NOT_INVITED = "not_invited"


@dataclass(frozen=True)
class Answer:
    """`opens_at` is told to those who may enter later, and only to them."""

    access: str
    opens_at: datetime | None = None


def find(key: str) -> Sale | None:
    """A sale that has started; of a draft nobody hears."""
    return Sale.objects.filter(key=key).exclude(state=Sale.State.DRAFT).first()


def holder(sale: Sale, token: object) -> int | None:
    """The customer whom this link of this sale belongs to, or the one whom she was merged into."""
    read = play_links.read(play_links.SALE, token)
    if read is None or read[0] != sale.pk:
        return None
    person = Customer.objects.filter(pk=read[1]).values_list("pk", "merged_into", "erased_at").first()
    if person is None or person[2] is not None:
        return None
    return living(person[1]) if person[1] else int(person[0])


def living(customer_id: int) -> int | None:
    found = Customer.objects.living().filter(pk=customer_id)
    return customer_id if found.exists() else None


def look(sale: Sale, customer_id: int, at: datetime) -> Answer:
    """What the door would say, without taking a place."""
    grant = AccessGrant.objects.filter(sale=sale, customer=customer_id).first()
    if sale.state != Sale.State.OPEN or at >= sale.ends_at:
        return Answer(ENDED)
    if grant and grant.admitted_at:
        return Answer(ALLOWED)
    opens_at = _opens_at(sale, customer_id, grant)
    if opens_at is None:
        return Answer(NOT_INVITED)
    if at < opens_at:
        return Answer(NOT_YET, opens_at)
    gone = sale.quota is not None and sale.admitted >= sale.quota
    return Answer(QUOTA_GONE if gone else ALLOWED)


@transaction.atomic
def enter(sale: Sale, customer_id: int, at: datetime) -> Answer:
    """What the door says; when it is "allowed" for the first time, she has taken her place."""
    answer = look(sale, customer_id, at)
    if answer.access in (ENDED, NOT_INVITED):
        return answer
    grant = _held(sale, customer_id)
    if grant.seen_at is None:
        AccessGrant.objects.filter(pk=grant.pk).update(seen_at=at)
        _note(grant, SaleDeed.Name.OPENED, at)
    if grant.admitted_at is not None:
        return Answer(ALLOWED)
    if answer.access == NOT_YET:
        return answer
    if not _take_place(sale, grant, at):
        return Answer(QUOTA_GONE)
    _note(grant, SaleDeed.Name.VISITED, at)
    return Answer(ALLOWED)


def _note(grant: AccessGrant, name: str, at: datetime) -> None:
    SaleDeed.objects.create(sale_id=grant.sale_id, customer_id=grant.customer_id, name=name, at=at)


def _opens_at(sale: Sale, customer_id: int, grant: AccessGrant | None) -> datetime | None:
    """The earlier of her grant and of the first wave that needs none."""
    times = [opens_at for opens_at, _wave in opening.waves([sale.pk], [customer_id]).values()]
    return min([*times, grant.opens_at] if grant else times, default=None)


def _held(sale: Sale, customer_id: int) -> AccessGrant:
    """Her grant, held; who comes with a wave that needs none, or an earlier one than hers, gets it now."""
    mine = AccessGrant.objects.filter(sale=sale, customer=customer_id)
    first = min(opening.waves([sale.pk], [customer_id]).values(), default=None)
    if first:
        opens_at, wave_id = first
        grant = AccessGrant(sale=sale, wave_id=wave_id, customer_id=customer_id, opens_at=opens_at)
        AccessGrant.objects.bulk_create([grant], ignore_conflicts=True)
        mine.filter(opens_at__gt=opens_at, admitted_at=None).update(wave=wave_id, opens_at=opens_at)
    return mine.select_for_update().get()


def _take_place(sale: Sale, grant: AccessGrant, at: datetime) -> bool:
    """The grant is held and not admitted. Stopping a sale and taking its last place wait for each other."""
    room = Q(quota=None) | Q(admitted__lt=F("quota"))
    open_ones = Sale.objects.filter(room, pk=sale.pk, state=Sale.State.OPEN)
    if not open_ones.update(admitted=F("admitted") + 1):
        return False
    AccessGrant.objects.filter(pk=grant.pk).update(admitted_at=at)
    return True
