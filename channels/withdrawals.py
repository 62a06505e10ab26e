"""What customers tell staff: no more of this, or no more advertising at all."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from channels import addresses, consent, suppression
from channels.consent import Statement
from channels.models import Channel, Consent, Permission, Purpose, Reach, Suppression
from channels.suppression import Entry
from customers import audit
from customers.models import Customer, User


class Told(NamedTuple):
    """How and when she said so, and to whom: the proof."""

    how: str
    on: datetime
    by: User


class Cell(NamedTuple):
    """Something to say no to. Without a topic it is all of the channel."""

    channel: str
    purpose: str
    topic_id: int | None = None


@transaction.atomic
def withdraw(customer_id: int, cells: Iterable[Cell], told: Told, at: datetime) -> None:
    """No more of these."""
    customer = _held(customer_id)
    wanted = list(cells)
    consent.record([_statement(customer, cell, told) for cell in wanted], at)
    _note(customer, wanted, told, at, objection=False)


@transaction.atomic
def object_to_advertising(customer_id: int, told: Told, at: datetime) -> None:
    """GDPR, art. 21: no advertising any more, on whatever channel, nor anything evaluated for it. It holds for every
    address that she has, whoever comes with it later."""
    customer = _held(customer_id)
    _hold_reach(customer)
    cells = [Cell(channel, Purpose.SENDING) for channel in Channel.values]
    cells += [Cell(channel, Purpose.TRACKING) for channel in _tracked(customer)]
    consent.record([_statement(customer, cell, told) for cell in cells], at)
    suppression.suppress_entries(
        [
            Entry(channel, key, Suppression.Reason.OBJECTION, "customer page")
            for channel, key in suppression.keys_of(addresses.of(customer)).items()
        ],
        at,
    )
    _note(customer, cells, told, at, objection=True)


def _held(customer_id: int) -> Customer:
    """She, or whom she was merged into meanwhile. People are locked before their Reach, as everywhere."""
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    return customer if customer.merged_into_id is None else _held(customer.merged_into_id)


def _hold_reach(customer: Customer) -> None:
    """All that the ledger and the suppression list lock one after the other, at once and in id order."""
    keys = suppression.keys_of(addresses.own(customer))
    same = Q(channel__in=keys.keys(), address_key__in=keys.values())
    reached = Reach.objects.select_for_update().filter(Q(customer=customer) | same)
    list(reached.order_by("id").values_list("id"))


def _tracked(customer: Customer) -> list[str]:
    yes = Permission.objects.filter(customer=customer, purpose=Purpose.TRACKING, granted=True)
    return sorted(set(yes.values_list("channel", flat=True)))


def _statement(customer: Customer, cell: Cell, told: Told) -> Statement:
    return Statement(
        customer_id=customer.pk,
        channel=cell.channel,
        granted=False,
        basis=Consent.Basis.STAFF,
        stated_at=told.on,
        topic_id=cell.topic_id,
        purpose=cell.purpose,
        evidence={"how": told.how, "form": "customer_page", "source": "staff"},
        recorded_by_id=told.by.pk,
    )


def _note(customer: Customer, cells: list[Cell], told: Told, at: datetime, *, objection: bool) -> None:
    audit.record(
        told.by,
        "consent.withdrawn",
        customer,
        at,
        objection=objection,
        channels=sorted({cell.channel for cell in cells}),
        purposes=sorted({cell.purpose for cell in cells}),
        topics=sorted({cell.topic_id for cell in cells if cell.topic_id}),
    )
