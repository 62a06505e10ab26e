"""Who may be the same person: by a source's word, by the same e-mail address, by the same phone number."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from customers.models import Customer, TwinHint

MOST = 5


def hint(pairs: Iterable[tuple[int, int]]) -> None:
    """Remember that a source called these one person."""
    rows = {(min(pair), max(pair)) for pair in pairs}
    TwinHint.objects.bulk_create(
        [TwinHint(first_id=first, second_id=second) for first, second in sorted(rows)], ignore_conflicts=True
    )


def of(customer: Customer, seen: QuerySet[Customer]) -> list[Customer]:
    """Of those whom a reader may see, a few who may be she."""
    ids = set(TwinHint.objects.filter(first=customer).values_list("second", flat=True)[:MOST])
    ids |= set(TwinHint.objects.filter(second=customer).values_list("first", flat=True)[:MOST])
    others = seen.exclude(pk=customer.pk)
    same = [Q(pk__in=ids)]
    if customer.email:
        same.append(Q(lower_email=customer.email.lower()))
    if customer.phone:
        same.append(Q(phone=customer.phone))
    found: dict[int, Customer] = {}
    for test in same:  # one by one, each by its index
        rows = others.annotate(lower_email=Lower("email")).filter(test).order_by("pk")
        found |= {row.pk: row for row in rows[:MOST]}
    return list(found.values())[:MOST]
