"""Two customers who are one person: the loser's history becomes the winner's, and leaves a tombstone that leads there.

What the recorders of facts look up (whose number is it?) they hold on to until they have written. So a merge takes
the locks under which they do, source by source, before it takes both customers; nothing is left behind under the old
row. Everything commits together, once.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from customers import audit, event_merge, order_merge, people, privacy, signals
from customers.models import ApiKey, Customer, Identity, Origin, User

PATIENCE = "SET LOCAL lock_timeout = '10s'"
PERSONAL = (*people.TEXTS, "birthday", "home_store_id")
HINTS = """
    INSERT INTO customers_twinhint (first_id, second_id, at)
    SELECT least(other, %(winner)s), greatest(other, %(winner)s), at FROM (
        SELECT CASE WHEN first_id = %(loser)s THEN second_id ELSE first_id END AS other, at
        FROM customers_twinhint WHERE first_id = %(loser)s OR second_id = %(loser)s
    ) AS hint WHERE other <> %(winner)s
    ON CONFLICT (first_id, second_id) DO NOTHING
"""
EMPTY: tuple[Any, ...] = (None, "", [], {})  # says nothing; False and 0 do
FORGET_HINTS = "DELETE FROM customers_twinhint WHERE first_id = %(loser)s OR second_id = %(loser)s"


class Refused(Exception):
    """Why two customers cannot be merged; its text is a sentence for the reader."""


class Field(NamedTuple):
    """A field of the profile: what either has, and what stays."""

    label: str
    winner: Any
    loser: Any
    kept: Any

    @property
    def goes(self) -> bool:
        """Whether the loser's value is lost."""
        return bool(self.loser) and self.loser != self.kept


def follow(customer_id: int) -> int:
    """Whom a number leads to: herself, or the one that she was merged into."""
    merged = Customer.objects.filter(pk=customer_id).values_list("merged_into", flat=True).first()
    return merged or customer_id


def merge(loser_id: int, winner_id: int, by: User, at: datetime) -> bool:
    """Make the loser a part of the winner; False when she is already. Raises Refused.

    Waits for recorders of facts that are at work, ten seconds at most.
    """
    try:
        with transaction.atomic():
            return _merge(loser_id, winner_id, by, at)
    except OperationalError as error:
        raise Refused(
            _("Data is coming in for these customers right now. Please try again in a minute.")
        ) from error


def _merge(loser_id: int, winner_id: int, by: User, at: datetime) -> bool:
    _hold_recorders(loser_id, winner_id)
    both = {customer.pk: customer for customer in _hold(loser_id, winner_id)}
    if loser_id == winner_id or len(both) < 2:
        raise Refused(_("Choose two different customers."))
    loser, winner = both[loser_id], both[winner_id]
    if loser.merged_into_id == winner.pk:
        return False
    if loser.merged_into_id or winner.merged_into_id or loser.erased_at or winner.erased_at:
        raise Refused(_("One of the two was merged or erased meanwhile. Please look again."))
    for each in privacy.ordered():
        each.merge(loser, winner, at)
    _hints(loser, winner)
    _profile(loser, winner, at)
    signals.people_changed.send(Customer, ids=[winner.pk], at=at, origin=Origin.LIVE)
    audit.record(by, "customer.merged", winner, at, merged=loser.pk)
    return True


def _hold_recorders(*customer_ids: int) -> None:
    sources = {
        *Identity.objects.filter(customer__in=customer_ids).values_list("source", flat=True),
        *ApiKey.objects.values_list("source", flat=True),
    }
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        for statement in (event_merge.LOCK_SOURCE, people.LOCK_SOURCE):
            for source in sorted(sources):
                cursor.execute(statement, {"source": source})
        for source in sorted(sources):
            cursor.execute(order_merge.LOCK_SOURCE, [source])


def _hold(*customer_ids: int) -> list[Customer]:
    """Their rows in id order. Not their keys: whoever refers to one must not wait for us, who may wait for him."""
    return list(
        Customer.objects.select_for_update(no_key=True)
        .filter(pk__in=customer_ids)
        .order_by("pk")
        .defer("search")
    )


def _hints(loser: Customer, winner: Customer) -> None:
    with connection.cursor() as cursor:
        for statement in (HINTS, FORGET_HINTS):
            cursor.execute(statement, {"loser": loser.pk, "winner": winner.pk})


def _profile(loser: Customer, winner: Customer, at: datetime) -> None:
    """What the winner lacks is taken over; the tombstone keeps nothing but where it leads."""
    filled = {
        name: getattr(loser, name) for name in PERSONAL if not getattr(winner, name) and getattr(loser, name)
    }
    stated = {name: stamp for name, stamp in loser.stated_at.items() if _taken(name, winner, filled)}
    Customer.objects.filter(pk=winner.pk).update(
        **filled | _acquired(loser, winner),
        attributes=loser.attributes | _filled(winner.attributes),
        stated_at=stated | winner.stated_at,
        updated_at=at,
    )
    empty: dict[str, Any] = dict.fromkeys(people.TEXTS, "")
    empty |= {"birthday": None, "home_store_id": None, "acquired_at": None, "attributes": {}, "stated_at": {}}
    Customer.objects.filter(pk=loser.pk).update(**empty, merged_into=winner, updated_at=at)


def _filled(attributes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in attributes.items() if value not in EMPTY}


def _taken(name: str, winner: Customer, filled: dict[str, Any]) -> bool:
    attribute = name.removeprefix("attribute:")
    return name in filled or (attribute != name and attribute not in _filled(winner.attributes))


def _acquired(loser: Customer, winner: Customer) -> dict[str, Any]:
    """She was won when she was first."""
    if loser.acquired_at is None or (winner.acquired_at and winner.acquired_at <= loser.acquired_at):
        return {}
    return {"acquired_at": loser.acquired_at, "acquisition_source": loser.acquisition_source}


def fields(loser: Customer, winner: Customer) -> Iterator[Field]:
    """Their profiles beside each other, as far as either has something."""
    for name in (*people.TEXTS, "birthday", "home_store"):
        ours, theirs = _shown(winner, name), _shown(loser, name)
        if ours or theirs:
            yield Field(str(Customer._meta.get_field(name).verbose_name), ours, theirs, ours or theirs)  # type: ignore[union-attr]
    for key in sorted(winner.attributes.keys() | loser.attributes.keys()):
        ours, theirs = _written(winner.attributes.get(key)), _written(loser.attributes.get(key))
        if ours or theirs:
            yield Field(key, ours, theirs, ours or theirs)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value in EMPTY else str(value)


def _shown(customer: Customer, name: str) -> Any:
    if name == "salutation":
        return customer.get_salutation_display() if customer.salutation else ""
    return getattr(customer, name)
