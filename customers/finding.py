"""Finding a customer by what somebody has at hand: name, e-mail, phone, postal code, customer or order number."""

import re

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet

from customers.models import Customer, Identity, Order
from customers.models.customer import ACCENTS

FOLD = str.maketrans(*ACCENTS)
WORD = re.compile(r"[\w@.+-]+")
MOST = 200  # numbers that begin with what was typed; nobody reads on


def find(rows: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    """Those of `rows` in which every word of `text` begins a name, address or phone number, or whose number it is."""
    words = [word.strip(".+-") for word in WORD.findall(text.lower().translate(FOLD))]
    numbers = list(Identity.objects.filter(number__iexact=text).values_list("customer", flat=True)[:MOST])
    orders = Order.objects.filter(number__iexact=text, customer__isnull=False)
    numbers += list(orders.values_list("customer", flat=True)[:MOST])
    match = Q(pk__in=numbers)
    if any(words):
        match |= Q(search=SearchQuery(_prefixes(words), search_type="raw", config="simple"))
    if digits := re.sub(r"\D", "", text).lstrip("0"):
        match |= Q(phone__contains=digits) if len(digits) > 5 else Q()
    return rows.filter(match)


def _prefixes(words: list[str]) -> str:
    """A tsquery of prefixes; quoted, so that nothing typed is read as an operator."""
    return " & ".join(f"'{word}':*" for word in words if word)
