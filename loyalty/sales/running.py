"""A private sale from its draft to its end."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from config import clocks
from customers import audit
from customers.models import Segment, User
from loyalty.models import Sale, SaleWave, Tier
from loyalty.sales.refusals import Refused

State = Sale.State


@dataclass(frozen=True)
class Wave:
    """`opens` is what the clock on the wall shows in the sale's zone. It is for `segment`, or for `tier` and
    above; without either, for all who have a link."""

    name: str
    segment: Segment | None
    opens: datetime
    tier: Tier | None = None


@transaction.atomic
def save(sale: Sale, waves: list[Wave], by: User | None, at: datetime) -> Sale:
    """Keep a draft as it was filled in. Raises Refused("started")."""
    made = sale.pk is None
    if not made and _held(sale.pk).state != State.DRAFT:
        raise Refused("started")
    sale.ends_at = clocks.instant(sale.ends_wall, sale.time_zone)
    sale.save()
    sale.waves.all().delete()
    SaleWave.objects.bulk_create(
        SaleWave(
            sale=sale,
            position=place,
            name=wave.name,
            segment=wave.segment,
            tier=wave.tier,
            opens_wall=wave.opens,
            opens_at=clocks.instant(wave.opens, sale.time_zone),
        )
        for place, wave in enumerate(waves, 1)
    )
    audit.record(by, "sale.created" if made else "sale.changed", sale, at)
    return sale


@transaction.atomic
def delete(sale_id: int, by: User, at: datetime) -> None:
    sale = _held(sale_id)
    if sale.state != State.DRAFT:
        raise Refused("started")
    audit.record(by, "sale.deleted", sale, at, name=sale.name)
    sale.delete()


def faults(sale: Sale, at: datetime) -> list[Refused]:
    """What stands in the way of its start."""
    if sale.state != State.DRAFT:
        return [Refused("started")]
    checks = {
        "no_wave": not sale.waves.exists(),
        "past": sale.ends_at <= at,
        "nothing": not (sale.section or sale.skus or sale.categories),
    }
    return [Refused(code) for code, wrong in checks.items() if wrong]


@transaction.atomic
def start(sale_id: int, by: User | None, at: datetime) -> Sale:
    """From now on its waves are granted, and each opens at its time. Raises Refused."""
    sale = _held(sale_id)
    for fault in faults(sale, at):
        raise fault
    sale.state, sale.started_at = State.OPEN, at
    sale.save(update_fields=["state", "started_at"])
    audit.record(by, "sale.started", sale, at)
    return sale


@transaction.atomic
def stop(sale_id: int, by: User, at: datetime) -> None:
    """Nobody is admitted any more, at once."""
    sale = _held(sale_id)
    if sale.state != State.OPEN:
        raise Refused("not_open")
    sale.state = State.STOPPED
    sale.save(update_fields=["state"])
    audit.record(by, "sale.stopped", sale, at, admitted=sale.admitted)


def _held(sale_id: int) -> Sale:
    return Sale.objects.select_for_update().get(pk=sale_id)
