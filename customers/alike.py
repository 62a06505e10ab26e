"""Whom somebody may have meant when nobody is called what was typed: names with one letter wrong, missing, too many or
two of them swapped, or written as they sound (`Stefan`, `Stephan`), and the last digits of a phone number.

A word becomes some hundred spellings, each looked up in the index of names: a few milliseconds whatever the number of
customers (benchmarks/customers.py).
"""

import re
from collections.abc import Iterator
from string import ascii_lowercase
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet
from django.db.models.functions import Reverse

from customers import finding
from customers.models import Customer

LEAST_LETTERS = 3  # too many are called nearly as shorter words
MOST_LETTERS = 20
MOST_WORDS = 4
LEAST_DIGITS = 4
# Spelled one way, heard another; each way round.
SOUNDS = (("ph", "f"), ("ey", "ai"), ("ay", "ei"), ("eu", "oi"), ("x", "chs"))


def closest(rows: QuerySet[Customer], text: str, limit: int) -> list[Customer]:
    """Those whom finding.first finds, or whoever may be meant when that is nobody."""
    return finding.first(rows, text, limit) or find(rows, text, limit)


def find(rows: QuerySet[Customer], text: str, limit: int) -> list[Customer]:
    """By name. For when finding.first has found nobody."""
    digits = re.sub(r"\D", "", text)
    if len(digits) >= LEAST_DIGITS and finding.PHONE.fullmatch(text):
        ends = rows.exclude(phone="").alias(backwards=Reverse("phone"))
        return _first(ends.filter(backwards__startswith=digits[::-1]), limit)
    if query := _query(text):
        return _first(rows.filter(search=SearchQuery(query, search_type="raw", config="simple")), limit)
    return []


def _first(found: "QuerySet[Any]", limit: int) -> list[Customer]:
    return list(found.order_by("sort_name", "pk")[:limit])


def _query(text: str) -> str:
    """A tsquery of every word's spellings; nothing where a word is too short or too long to guess."""
    words = finding.typed(text)
    if not 0 < len(words) <= MOST_WORDS or not all(word.isalpha() for word in words):
        return ""
    if not any(LEAST_LETTERS <= len(word) <= MOST_LETTERS for word in words):
        return ""
    return " & ".join(f"({' | '.join(sorted(_alternatives(word)))})" for word in words)


def _alternatives(word: str) -> set[str]:
    """Its beginning, as it was typed, or a whole word that is nearly the same."""
    found = {finding.prefix(each) for each in finding.spellings(word)}
    if LEAST_LETTERS <= len(word) <= MOST_LETTERS:
        found |= {f"'{near}'" for each in finding.spellings(word) for near in _near(each)}
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
    for pair in SOUNDS:
        for one, other in (pair, pair[::-1]):
            if one in word:
                yield word.replace(one, other)
