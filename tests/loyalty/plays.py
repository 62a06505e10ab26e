"""Contests and private sales for tests, and what happens in them."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from customers import events
from customers.events import Fact
from customers.models import Customer, Origin, Segment, SegmentMember, Shop, User
from loyalty.contests import entries, running
from loyalty.contests.running import Prize
from loyalty.models import Contest, Sale
from loyalty.sales import running as sales
from loyalty.sales.running import Wave
from tests.factories import CustomerFactory, SegmentFactory, UserFactory
from tests.loyalty.points import NOON

_numbers = count(1)
WHEN_OVER = datetime(2026, 12, 1, 12, tzinfo=UTC)
TEXTS = {"de": {"title": "Gewinnspiel", "text": "Mitmachen!", "conditions": "Es gelten diese Bedingungen."}}


def staff() -> User:
    return User.objects.first() or UserFactory(in_role="marketer")


def draft(*prizes: Prize, **fields: Any) -> Contest:
    """From 1 to 30 November 2026 by the clock of Berlin, free, once each."""
    given: dict[str, Any] = {
        "key": f"contest-{next(_numbers)}",
        "name": "Gewinnspiel",
        "texts": TEXTS,
        "starts_on": date(2026, 11, 1),
        "ends_on": date(2026, 11, 30),
    }
    return running.save(Contest(**given | fields), list(prizes or [Prize("Fahrrad", 1)]), staff(), NOON)


def contest(*prizes: Prize, **fields: Any) -> Contest:
    return running.start(draft(*prizes, **fields).pk, staff(), NOON)


def people(number: int) -> list[Customer]:
    return [CustomerFactory() for _one in range(number)]


def enter(made: Contest, *who: Customer, at: datetime = NOON) -> None:
    for person in who:
        entries.enter(made.pk, person.pk, entries.chances(made, person.pk, at).entries, at)


def tell(
    *facts: tuple[str, Customer, datetime], kind: str = "custom", name: str = "review", at: datetime = NOON
) -> None:
    """Events (message id, who, when), as a live call of the shop."""
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    told = [Fact(key, 1, when, kind, name, customer_id=who.pk) for key, who, when in facts]
    events.record(told, events.Terms("shop", "EUR"), at, Origin.LIVE)


def segment(*who: Customer) -> Segment:
    made = SegmentFactory()
    SegmentMember.objects.bulk_create(SegmentMember(segment=made, customer=each, since=NOON) for each in who)
    return made


def wall(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def sale(*waves: Wave, started: bool = True, **fields: Any) -> Sale:
    """Open to everybody with a link since an hour ago, until the last of November."""
    given: dict[str, Any] = {
        "key": f"sale-{next(_numbers)}",
        "name": "Vorverkauf",
        "section": "early",
        "ends_wall": wall(2026, 11, 30, 23, 59),
    }
    made = sales.save(
        Sale(**given | fields), list(waves or [Wave("alle", None, wall(2026, 11, 2, 12))]), staff(), NOON
    )
    return sales.start(made.pk, staff(), NOON) if started else made


HOUR = timedelta(hours=1)
