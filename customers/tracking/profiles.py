"""Whom messages speak of: customers are made, numbers joined, and profiles written as the newest message has it."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from customers import people, twins
from customers.models import Identity, Origin
from customers.tracking.traits import ATTRIBUTE

KNOWN = """
    SELECT i.number, coalesce(winner.id, c.id), c.erased_at IS NOT NULL OR winner.erased_at IS NOT NULL
    FROM customers_identity AS i JOIN customers_customer AS c ON c.id = i.customer_id
    LEFT JOIN customers_customer AS winner ON winner.id = c.merged_into_id
    WHERE i.source = %s AND i.number = ANY(%s)
"""
# When each field was last stated. Locked, since the newer of two messages wins, whichever is heard first.
STATED = """
    SELECT id, stated_at, language, attributes FROM customers_customer WHERE id = ANY(%s) ORDER BY id FOR UPDATE
"""
NOTE = """
    UPDATE customers_customer AS c SET stated_at = c.stated_at || news.stated_at
    FROM unnest(%s::bigint[], %s::jsonb[]) AS news (id, stated_at) WHERE c.id = news.id
"""


class Party(NamedTuple):
    """Who has a number. Of an erased person nothing is written."""

    customer_id: int
    erased: bool


class Statement(NamedTuple):
    """What one message says of the customer with this number. `stamp` tells which of two statements is newer."""

    number: str
    stamp: str
    fields: dict[str, Any]


class Alias(NamedTuple):
    """That `previous`, a browser or a number, is who has this number."""

    previous: str
    number: str


def stamp(at: datetime, digest: int, browser: bool) -> str:
    """Sorts by time. What a browser says gives way to whatever a server said, before or after."""
    return f"{'b' if browser else 's'} {at.isoformat(timespec='microseconds')} {digest & (2**64 - 1):016x}"


def known(numbers: Collection[str], source: str) -> dict[str, Party]:
    if not numbers:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [source, list(numbers)])
        return {number: Party(customer_id, erased) for number, customer_id, erased in cursor.fetchall()}


def living(number: str, source: str) -> int | None:
    """The customer with this number, unless nobody has it or she was erased."""
    party = known([number], source).get(number)
    return party.customer_id if party and not party.erased else None


def meet(
    numbers: Collection[str], parties: dict[str, Party], source: str, at: datetime, origin: Origin
) -> None:
    """Make customers of the numbers that nobody has."""
    new = sorted(set(numbers) - set(parties))
    for start in range(0, len(new), people.MOST_PEOPLE):
        made = people.record(
            [people.Person(number) for number in new[start : start + people.MOST_PEOPLE]], at, origin, source
        )
        parties |= {number: Party(o.customer_id, o.what == "erased") for number, o in made.items()}


def join(
    aliases: Iterable[Alias], parties: dict[str, Party], source: str
) -> tuple[list[Alias], Counter[str]]:
    """Give customers their further numbers; those aliases that name a browser, and what became of the others."""
    fates: Counter[str] = Counter()
    browsers, further, pairs = [], [], []
    for alias in aliases:
        previous, party = parties.get(alias.previous), parties.get(alias.number)
        if previous is None:
            browsers.append(alias)
        elif party is None:
            parties[alias.number] = previous
            further.append(Identity(customer_id=previous.customer_id, source=source, number=alias.number))
            fates["joined"] += 1
        elif party.customer_id == previous.customer_id:
            fates["known"] += 1
        else:
            pairs.append((party.customer_id, previous.customer_id))
            fates["needs_merge"] += 1
    twins.hint(pairs)
    Identity.objects.bulk_create(further, ignore_conflicts=True)
    return browsers, fates


def state(
    statements: Sequence[Statement], parties: dict[str, Party], source: str, at: datetime, browser: bool
) -> int:
    """Write what is newer than what is known; how many fields."""
    newest: dict[int, dict[str, tuple[str, Any]]] = {}
    numbers: dict[int, str] = {}
    for said in statements:
        person = newest.setdefault(parties[said.number].customer_id, {})
        numbers[parties[said.number].customer_id] = said.number
        for field, value in said.fields.items():
            if field not in person or person[field][0] < said.stamp:
                person[field] = said.stamp, value
    _leave_older(newest, browser)
    news = {pk: fields for pk, fields in newest.items() if fields}
    people.record([_person(numbers[pk], fields) for pk, fields in news.items()], at, Origin.LIVE, source)
    _note(news)
    return sum(map(len, news.values()))


def _leave_older(newest: dict[int, dict[str, tuple[str, Any]]], browser: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(STATED, [list(newest)])
        rows = cursor.fetchall()
    for pk, stated_at, language, attributes in rows:
        there = json.loads(attributes)
        said = json.loads(stated_at)
        filled = {"language": language} | {ATTRIBUTE + key: True for key in there} if browser else {}
        for field, (stamp_, _value) in list(newest[pk].items()):
            # What is there without a time came from a list or a hand: a browser does not change it.
            if stamp_ <= said.get(field, "") or (field not in said and filled.get(field)):
                del newest[pk][field]


def _person(number: str, fields: dict[str, tuple[str, Any]]) -> people.Person:
    values = {field: value for field, (_stamp, value) in fields.items()}
    return people.Person(
        number,
        {name: values[name] for name in people.TEXTS if name in values},
        values.get("birthday"),
        values.get("acquired_at"),
        values.get("home_store"),
        {
            field.removeprefix(ATTRIBUTE): value
            for field, value in values.items()
            if field.startswith(ATTRIBUTE)
        },
    )


def _note(news: dict[int, dict[str, tuple[str, Any]]]) -> None:
    stamps = [json.dumps({field: stamp for field, (stamp, _v) in fields.items()}) for fields in news.values()]
    with connection.cursor() as cursor:
        cursor.execute(NOTE, [list(news), stamps])
