"""Whom somebody may have meant when nobody is called what was typed: names with one letter wrong, missing, too many or
two of them swapped, or written as they sound (`Stefan`, `Stephan`), and the last digits of a phone number.

A word becomes some hundred spellings, each looked up in the index of names, so one statement finds them.
"""

import re
from collections.abc import Iterator
from string import ascii_lowercase
from typing import Any

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
    """In the order of names. For when finding.first has found nobody."""
    found: QuerySet[Any]
    digits, words = re.sub(r"\D", "", text), finding.typed(text)
    if len(digits) >= LEAST_DIGITS and finding.PHONE.fullmatch(text):
        called = rows.exclude(phone="").alias(backwards=Reverse("phone"))
        found = called.filter(backwards__startswith=digits[::-1])
    elif _can_be_guessed(words):
        found = rows.filter(finding.named(finding.every(map(_alternatives, words))))
    else:
        return []
    return list(found.order_by("sort_name", "pk")[:limit])


def _can_be_guessed(words: list[str]) -> bool:
    return len(words) <= MOST_WORDS and all(map(str.isalpha, words)) and any(map(_has_neighbours, words))


def _has_neighbours(word: str) -> bool:
    return LEAST_LETTERS <= len(word) <= MOST_LETTERS


def _alternatives(word: str) -> set[str]:
    """Its beginning, as it was typed, or a whole word that is nearly the same."""
    spellings = finding.spellings(word)
    near = (each for spelling in spellings for each in _near(spelling)) if _has_neighbours(word) else ()
    return {*map(finding.prefix, spellings), *(f"'{each}'" for each in near)}


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
