"""Whom somebody may have meant when nobody is called what was typed: names with one letter wrong, missing, too many or
two of them swapped, with single letters for double ones, or written as they sound (`Stefan`, `Stephan`), and the last
digits of a phone number.

A word becomes some hundred spellings. Those that are anybody's are looked up first: a search for all of them would test
each of them on each customer. `./stammkunde bench customers` measures it.
"""

import re
from collections.abc import Iterator
from itertools import combinations, groupby, islice, zip_longest
from string import ascii_lowercase
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Reverse

from customers import finding
from customers.models import Customer

LEAST_LETTERS = 3  # too many are called nearly as shorter words
MOST_LETTERS = 20
MOST_WORDS = 4
LEAST_DIGITS = 4
MOST = 200  # of a crowd, more than anybody looks at
IN_USE = """
    SELECT word FROM unnest(%s::text[]) AS word
    WHERE EXISTS (SELECT FROM customers_customer WHERE search @@ quote_literal(word)::tsquery)
"""
OTHER_WAYS = ("enable_seqscan", "enable_indexscan", "enable_indexonlyscan")
DOUBLE = re.compile(r"(.)\1")
# Spelled one way, heard another; each way round.
SOUNDS = (("ph", "f"), ("ey", "ai"), ("ay", "ei"), ("eu", "oi"), ("x", "chs"))


def closest(rows: QuerySet[Customer], text: str, limit: int) -> list[Customer]:
    """Those whom finding.first finds, or whoever may be meant when that is nobody."""
    return finding.first(rows, text, limit) or find(rows, text, limit)


def find(rows: QuerySet[Customer], text: str, limit: int) -> list[Customer]:
    """In the order of names; of a crowd, some. For when finding.first has found nobody."""
    found: QuerySet[Any]
    digits, words = re.sub(r"\D", "", text), finding.typed(text)
    if len(digits) >= LEAST_DIGITS and finding.PHONE.fullmatch(text):
        called = rows.exclude(phone="").alias(backwards=Reverse("phone"))
        found = called.filter(backwards__startswith=digits[::-1])
    elif _can_be_guessed(words):
        found = rows.filter(finding.named(finding.every(_alternatives(words))))
    else:
        return []
    # Their keys first: asked for in order, PostgreSQL would walk through all names.
    keys = list(found.values_list("pk", flat=True)[:MOST])
    return _of_each_name(list(rows.filter(pk__in=keys).order_by("sort_name", "pk")), limit)


def _of_each_name(people: list[Customer], limit: int) -> list[Customer]:
    """Some of each: nobody knows which name was meant, and all of one stand together."""
    names = [list(same) for _name, same in groupby(people, _last_name)]
    turns = (person for turn in zip_longest(*names) for person in turn if person is not None)
    chosen = {person.pk for person in islice(turns, limit)}
    return [person for person in people if person.pk in chosen]


def _last_name(person: Customer) -> str:
    """As it stands in the order of names."""
    return str(person.sort_name[: len(person.last_name)] or person.sort_name.partition(" ")[0])


def _can_be_guessed(words: list[str]) -> bool:
    return len(words) <= MOST_WORDS and all(map(str.isalpha, words)) and any(map(_has_neighbours, words))


def _has_neighbours(word: str) -> bool:
    return LEAST_LETTERS <= len(word) <= MOST_LETTERS


def _alternatives(words: list[str]) -> list[set[str]]:
    """Of each word its beginning, as it was typed, or somebody's whole name that is nearly the same."""
    near = [_neighbours(word) for word in words]
    names = _names(set().union(*near))
    return [
        {*map(finding.prefix, finding.spellings(word)), *(f"'{each}'" for each in around & names)}
        for word, around in zip(words, near, strict=True)
    ]


def _neighbours(word: str) -> set[str]:
    if not _has_neighbours(word):
        return set()
    return {each for spelling in finding.spellings(word) for each in _near(spelling)}


@transaction.atomic
def _names(words: set[str]) -> set[str]:
    """Those that are somebody's. Each is looked up in the index of names: PostgreSQL expects many people of each, and
    would rather read them all (18 s at a million customers instead of 3 ms), so every other way is closed to it."""
    with connection.cursor() as cursor:
        for way in OTHER_WAYS:
            cursor.execute(f"SET LOCAL {way} = off")
        cursor.execute(IN_USE, [sorted(words)])
        found = {word for (word,) in cursor.fetchall()}
        for way in OTHER_WAYS:
            cursor.execute(f"SET LOCAL {way} = DEFAULT")
    return found


def _near(word: str) -> Iterator[str]:
    for place in range(len(word) + 1):
        head, tail = word[:place], word[place:]
        yield from (head + letter + tail for letter in ascii_lowercase)
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in ascii_lowercase)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
    for first, second in combinations(range(len(word)), 2):
        yield word[: first + 1] + word[first : second + 1] + word[second:]
    yield DOUBLE.sub(r"\1", word)
    for pair in SOUNDS:
        for one, other in (pair, pair[::-1]):
            if one in word:
                yield word.replace(one, other)
