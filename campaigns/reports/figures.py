"""The figures of a run, and the rows behind each of them.

People are counted by their last attempt. Clicks are those of people, not of scanners; orders are those that
attribution gave to the run. docs/reports.md says what each figure means.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from campaigns.models import Attribution, Occurrence
from channels.models import Channel, Delivery, DeliveryEvent, Link
from customers.models import Order

State, Kind = Delivery.State, DeliveryEvent.Kind
SENT = (State.ACCEPTED, State.DELIVERED, State.BOUNCED, State.COMPLAINED)
ARRIVED = (State.DELIVERED, State.COMPLAINED)
FAILED = (State.BOUNCED, State.REFUSED, State.RENDER_ERROR)
REACHED = (State.ACCEPTED, State.DELIVERED, State.COMPLAINED)
# Who might still be written to by a next campaign: it never got out, and nothing of theirs forbade it.
MISSED = (State.REFUSED, State.RENDER_ERROR, State.EXPIRED, State.CANCELLED)
WITHHELD = (State.WITHHELD, State.EXPIRED, State.CANCELLED)
WAITING = (State.PLANNED, State.CALLING)


def _event(kind: str, **more: bool) -> Exists:
    return Exists(DeliveryEvent.objects.filter(delivery=OuterRef("pk"), kind=kind, **more))


# Each figure's key in addresses and tables, and the deliveries that it counts.
PEOPLE: dict[str, Callable[[], Q | Exists]] = {
    "audience": lambda: Q(),
    "sent": lambda: Q(state__in=SENT),
    "delivered": lambda: Q(state__in=ARRIVED),
    "seen": lambda: Q(channel=Channel.IN_APP) & Q(_event(Kind.OPENED, human=True)),
    "clicked": lambda: _event(Kind.CLICKED, human=True),
    "dismissed": lambda: _event(Kind.DISMISSED),
    "ordered": lambda: Exists(Attribution.objects.filter(delivery=OuterRef("pk"))),
    "opted_out": lambda: _event(Kind.OPTED_OUT),
    "complained": lambda: Q(state=State.COMPLAINED),
    "failed": lambda: Q(state__in=FAILED),
    "reached": lambda: Q(state__in=REACHED),
    "missed": lambda: Q(state__in=MISSED),
    "withheld": lambda: Q(state__in=WITHHELD),
    "waiting": lambda: Q(state__in=WAITING),
    "unknown": lambda: Q(state=State.UNKNOWN),
    "untracked": lambda: Q(state__in=SENT, tracked=False),
}


@dataclass(frozen=True)
class Money:
    """Orders and their value in minor units of the shop's currency; `refunded` is never above zero."""

    orders: int = 0
    ordered: int = 0
    refunded: int = 0

    @property
    def net(self) -> int:
        return self.ordered + self.refunded


def deliveries(run: Occurrence) -> QuerySet[Delivery]:
    """Everybody in the audience, by the last attempt."""
    mine = Delivery.objects.filter(message=run.version.message_id, occurrence=run.pk)
    later = mine.filter(customer=OuterRef("customer"), attempt__gt=OuterRef("attempt"))
    return mine.filter(~Exists(later.filter(attempt__gt=0)))


def people(run: Occurrence, figure: str) -> QuerySet[Delivery]:
    """The rows behind a figure; KeyError when there is no such figure."""
    return deliveries(run).filter(PEOPLE[figure]())


def by_language(run: Occurrence, figure: str) -> dict[str, int]:
    return _by(run, figure, "language")


def by_channel(run: Occurrence, figure: str) -> dict[str, int]:
    return _by(run, figure, "channel")


def by_variant(run: Occurrence, figure: str) -> dict[str, int]:
    return _by(run, figure, "variant")


def _by(run: Occurrence, figure: str, field: str) -> dict[str, int]:
    counted = people(run, figure).values(field).annotate(number=Count("pk")).order_by()
    return {row[field]: row["number"] for row in counted}


def passed_on(run: Occurrence) -> dict[tuple[str, str], int]:
    """How many went on to another channel, by the one that they had before and how it had ended there."""
    mine = _mine(run)
    later = mine.filter(customer=OuterRef("customer"), attempt__gt=OuterRef("attempt"))
    rows = mine.filter(Exists(later)).values("channel", "state").annotate(number=Count("pk")).order_by()
    return {(row["channel"], row["state"]): row["number"] for row in rows}


def passed_from(channel: str, states: Iterable[str]) -> Exists:
    """Of last attempts, those of people who had an earlier one on that channel, which ended so."""
    same = {key: OuterRef(key) for key in ("message", "occurrence", "customer")}
    earlier = Delivery.objects.filter(**same, attempt__lt=OuterRef("attempt"), channel=channel)
    return Exists(earlier.filter(state__in=states))


def orders(run: Occurrence) -> QuerySet[Order]:
    """The orders that count for the run."""
    return Order.objects.filter(attribution__delivery__in=_mine(run))


def refunds(run: Occurrence) -> QuerySet[Order]:
    """The refunds that name one of these orders."""
    return Order.objects.filter(kind=Order.Kind.REFUND, refund_of__attribution__delivery__in=_mine(run))


def money_by_language(run: Occurrence) -> dict[str, Money]:
    """What the run brought, by the language that each buyer was written in."""
    return _money_by(run, "language")


def money_by_variant(run: Occurrence) -> dict[str, Money]:
    return _money_by(run, "variant")


def _money_by(run: Occurrence, field: str) -> dict[str, Money]:
    place = f"attribution__delivery__{field}"
    sums = {"number": Count("pk"), "value": Sum("base_total")}
    ordered = {row[place]: row for row in orders(run).values(place).annotate(**sums).order_by()}
    back = {
        row[f"refund_of__{place}"]: row for row in refunds(run).values(f"refund_of__{place}").annotate(**sums)
    }
    return {
        key: Money(row["number"], row["value"], back[key]["value"] if key in back else 0)
        for key, row in ordered.items()
    }


def anonymous_clicks(run: Occurrence) -> int:
    """Clicks by people without tracking consent: nobody knows whose, or how many of them one person's."""
    links = Link.objects.filter(content__version=run.version_id)
    return links.aggregate(number=Sum("anonymous_clicks"))["number"] or 0


def _mine(run: Occurrence) -> QuerySet[Delivery]:
    return Delivery.objects.filter(message=run.version.message_id, occurrence=run.pk)
