"""Finding a customer by what somebody has at hand: name, e-mail, phone, postal code, customer or order number.

Forgives what is typed in a hurry: blanks, capitals, accents or none, `mueller` for `Müller`, a phone number as it is
dialled, `#` before an order number.
"""

import re
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from typing import TypeVar

import phonenumbers
from django.contrib.postgres.search import SearchQuery
from django.db.models import Model, Q, QuerySet

from config.pages import paging
from customers.models import Customer, Identity, Order, Shop, Store
from customers.models.customer import ACCENTS

T = TypeVar("T", bound=Model)
FOLD = str.maketrans(*ACCENTS)
# As Germans write them without dots and without ß. The index has `muller` and `grosman` of `Müller` and `Großman`.
SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
UNSPELLED = re.compile(r"(?<=[aou])e(?=\w)|(?<=s)s")  # not at the end: `joe` is no `jo`
WORD = re.compile(r"[\w@.+-]+")
PHONE = re.compile(r"[\d\s()/.+-]+")
LEAST_DIGITS = 5
MOST = 200  # people with a number that was typed; nobody reads on


def find(rows: QuerySet[Customer], text: str, *, names: bool = True) -> QuerySet[Customer]:
    """Those of `rows` in which every word of `text` begins a name, address or phone number, or whose number it is;
    without `names` the latter alone, for readers who see none: a hit would tell them.

    Where that is a crowd, and those whose last name begins so are more than can be paged through, it is these alone:
    all of one name stand together in the order of names, and would be far to walk to for somebody who wants the first.
    """
    if not names:
        return rows.filter(pk__in=_numbered(text.strip().lstrip("#").strip()))
    everybody = _matching(rows, text)
    if paging.estimate(everybody) > paging.SORTED:
        words = typed(text)
        within = rows if len(words) == 1 else everybody  # a name that begins with the one word matches anyway
        return next(filter(_is_much, _by_last_name(within, words)), everybody)
    return everybody


def about(rows: QuerySet[T], text: str, *, names: bool = True) -> QuerySet[T]:
    """Those of `rows`, each of one `customer`, whose customer `find` finds."""
    return rows.filter(customer__in=find(Customer.objects.all(), text, names=names).values("pk"))


def first(rows: QuerySet[Customer], text: str, limit: int) -> list[Customer]:
    """The first of those found, by name."""
    found = find(rows, text).order_by("sort_name", "pk")
    return list(paging.page(found, 1, limit, by_text=True).object_list)


def _by_last_name(found: QuerySet[Customer], words: list[str]) -> Iterator[QuerySet[Customer]]:
    """Of so many, those whose last name begins with what was typed: for each word, a range of the index by name."""
    for word in words:
        spelled = spellings(word)
        low, high = min(spelled), max(spelled)
        if high[-1].isascii() and high[-1].isalnum():
            begins = reduce(or_, (Q(sort_name__startswith=spelling) for spelling in spelled))
            yield found.filter(begins, sort_name__gte=low, sort_name__lt=high[:-1] + chr(ord(high[-1]) + 1))


def _is_much(found: QuerySet[Customer]) -> bool:
    return found.order_by("sort_name", "pk").values_list("pk")[paging.CAP : paging.CAP + 1].exists()


def _matching(rows: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    match = Q(pk__in=_numbered(text.strip().lstrip("#").strip()))
    if query := " | ".join(filter(None, (_words(text), *_phones(text)))):
        match |= named(query)
    return rows.filter(match)


def named(query: str) -> Q:
    """Whom this tsquery, made of `prefix` and `every`, finds in the index of names and addresses."""
    return Q(search=SearchQuery(query, search_type="raw", config="simple"))


def _numbered(number: str) -> list[int]:
    """Whose customer number or order number it is. Source by source, since that is how numbers are indexed."""
    spellings = {number, number.upper(), number.lower()}
    people: list[int] = []
    for model in (Identity, Order):
        known = model._default_manager.filter(
            source__in=paging.distinct(model, "source"), number__in=spellings, customer__isnull=False
        )
        people += known.values_list("customer", flat=True)[:MOST]
    return people


def _words(text: str) -> str:
    """A tsquery of prefixes in all their spellings; quoted, so that nothing typed is read as an operator."""
    return every(map(prefix, spellings(word)) for word in typed(text))


def every(words: Iterable[Iterable[str]]) -> str:
    """A tsquery of one alternative at least of each word."""
    return " & ".join(f"({' | '.join(alternatives)})" for alternatives in words)


def typed(text: str) -> list[str]:
    """The words of it."""
    words = (word.strip(".+-") for word in WORD.findall(text.lower()))
    return [word for word in words if word]


def prefix(word: str) -> str:
    return f"'{word}':*"


def spellings(word: str) -> list[str]:
    """The word as the index has it: plain, with two letters for each umlaut and ß, and the other way round."""
    plain = word.translate(FOLD)
    return sorted({plain, word.translate(SPELLED).translate(FOLD), UNSPELLED.sub("", plain)})


def _phones(text: str) -> Iterator[str]:
    """The beginning of a phone number as E.164 has it, for each country that we have to do with."""
    digits = re.sub(r"\D", "", text.replace("(0)", ""))
    if len(digits) < LEAST_DIGITS or not PHONE.fullmatch(text):
        return
    if text.strip().startswith("+") or digits.startswith("00"):
        yield prefix(f"+{digits.lstrip('0')}")
        return
    for code in sorted({phonenumbers.country_code_for_region(country) for country in _countries()} - {0}):
        yield prefix(f"+{code}{digits.lstrip('0')}")


def _countries() -> set[str]:
    return {Shop.current().country, *Store.objects.values_list("country", flat=True).distinct()}
