"""All that is kept about a person: handed out, erased, or moved when two people are one. Every app adds its part, one
file each in `personal_data`."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Field, Q, QuerySet

from config.pages.parts import Text
from config.registry import Registry
from customers import addresses, audit, erasure_journal
from customers.models import Customer, Erasure, User


class Count(NamedTuple):
    """How many things of a kind there are of her, and what a merge makes of them."""

    label: Text
    number: int
    fate: Text


@dataclass(frozen=True)
class Table:
    """Rows about one person. `columns`: the label of each field of `rows`; values are plain JSON or dates."""

    key: str
    label: Any
    columns: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Rule:
    """How long something is kept: `settings.KEEP_DAYS[key]` days. `rows` are those from before a moment.

    They are deleted, or, where `empty` names fields, these are emptied and the rows stay; `rows` must leave out those
    that are empty already.
    """

    key: str
    rows: Callable[[datetime], QuerySet[Any]]
    empty: Mapping[str, Any] | None = None


class PersonalData:
    """What one app keeps about people, or one side of it: a part says what it has to do with, the rest is nothing.

    Exports and merges come in `order`; erasing runs against it, so that upper apps still find what they hang on. Each
    runs a fixed number of statements. `rules` say what is kept no longer (customers/retention.py).
    """

    key: str
    order: int
    rules: Sequence[Rule] = ()

    def export(self, customer_ids: Sequence[int]) -> dict[int, list[Table]]:
        """Everything about each of these people that is hers by law."""
        return {}

    def erase(self, customer_ids: Sequence[int], at: datetime) -> Counter[str]:
        """Delete or empty everything that names or describes them; how many rows of what.

        The rows are locked by the caller in this order: Customer, then Reach.
        """
        return Counter()

    def merge(self, loser: Customer, winner: Customer, at: datetime) -> None:
        """Make the loser's rows the winner's.

        Called once, inside the transaction of the merge, which holds both customers' rows; they are given as they
        were before it.
        """

    def counts(self, customer: Customer) -> Sequence[Count]:
        """What a merge would move or end, for the page that asks."""
        return ()


personal_data: Registry[PersonalData] = Registry("personal_data")


def ordered() -> list[PersonalData]:
    return sorted(personal_data, key=lambda each: (each.order, each.key))


def counts(customer: Customer) -> Iterator[Count]:
    for each in ordered():
        yield from (count for count in each.counts(customer) if count.number)


# --- Handing out ---


def export(customer_ids: Collection[int]) -> dict[int, list[Table]]:
    """All tables with rows, per person; what belongs to profiles that were merged into hers is hers."""
    owners = _with_merged(customer_ids)
    found: dict[int, dict[str, Table]] = {pk: {} for pk in customer_ids}
    for part in ordered():
        for pk, tables in part.export(sorted(owners)).items():
            for table in filter(lambda each: each.rows, tables):
                known = found[owners[pk]].get(table.key)
                rows = [*known.rows, *table.rows] if known else table.rows
                found[owners[pk]][table.key] = Table(table.key, table.label, table.columns, rows)
    return {pk: list(tables.values()) for pk, tables in found.items()}


def tables(
    key: str, label: Any, rows: QuerySet[Any], fields: Mapping[str, Any], owner: str = "customer_id"
) -> dict[int, Table]:
    """One table per person of `rows`, which are asked for once. `fields`: names or look-ups, with a label or None
    for the model's own."""
    plain = {name: name.replace("__", "_") for name in fields}
    columns = {plain[name]: said or _label(rows, name) for name, said in fields.items()}
    by_person: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for values in rows.values(owner, *fields):
        by_person[values[owner]].append({plain[name]: values[name] for name in fields})
    return {pk: Table(key, label, columns, found) for pk, found in by_person.items()}


def _label(rows: QuerySet[Any], name: str) -> Any:
    field = rows.model._meta.get_field(name)
    return field.verbose_name if isinstance(field, Field) else name


def together(*parts: Mapping[int, Table]) -> dict[int, list[Table]]:
    """Tables of several kinds, per person."""
    found: dict[int, list[Table]] = defaultdict(list)
    for part in parts:
        for pk, table in part.items():
            found[pk].append(table)
    return found


# --- Erasing ---


class Asked(NamedTuple):
    """Who asked for it, and when."""

    by: Erasure.By
    at: datetime
    user: User | None = None


@transaction.atomic
def erase(customer_id: int, asked: Asked, at: datetime) -> Erasure | None:
    """Forget a person, and the profiles that were merged into hers; None if that has happened already.

    Her row stays, empty, so that the books and the consent ledger still add up and imports know not to write about
    her. Suppressions stay too, as hashes: nobody may be written to because she was forgotten.
    """
    people = list(
        Customer.objects.select_for_update(no_key=True)
        .filter(Q(pk=customer_id) | Q(merged_into=customer_id))
        .order_by("pk")
    )
    person = next((each for each in people if each.pk == customer_id), None)
    if person is None or person.erased_at is not None:
        return None
    hashes = sorted({addresses.address_key(addresses.EMAIL, each.email) for each in people} - {""})
    counts = _erase_everywhere([each.pk for each in people], at)
    entry = Erasure.objects.create(
        customer=person,
        key=person.key,
        hashes=hashes,
        by=asked.by,
        user=asked.user,
        asked_at=asked.at,
        at=at,
        counts=counts,
    )
    audit.record(asked.user, "customer.erased", person, at, by=str(asked.by), erasure=entry.pk)
    transaction.on_commit(partial(erasure_journal.keep, [str(each.key) for each in people]))
    return entry


@contextmanager
def emptying_evidence() -> Iterator[None]:
    """Let evidence in the append-only ledgers be emptied, and nothing else of them. Within a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL stammkunde.erasure = 'on'")
        yield
        cursor.execute("SET LOCAL stammkunde.erasure = 'off'")


def _erase_everywhere(customer_ids: Sequence[int], at: datetime) -> dict[str, int]:
    counts: Counter[str] = Counter()
    with emptying_evidence():
        for part in reversed(ordered()):
            counts.update(part.erase(customer_ids, at))
    return {what: count for what, count in sorted(counts.items()) if count}


def _with_merged(customer_ids: Collection[int]) -> dict[int, int]:
    """Of these people and of those merged into them, whose each profile is."""
    merged = Customer.objects.filter(merged_into__in=customer_ids).values_list("pk", "merged_into_id")
    return {pk: pk for pk in customer_ids} | {pk: into for pk, into in merged if into}


def replay(keys: Collection[str], at: datetime) -> int:
    """Erase again whom a restored backup has brought back; how many. `keys`: those of the journal."""
    back = Customer.objects.filter(key__in=keys, erased_at=None).order_by("pk")
    asked = Asked(Erasure.By.REPLAY, at)
    return sum(erase(pk, asked, at) is not None for pk in back.values_list("pk", flat=True))
