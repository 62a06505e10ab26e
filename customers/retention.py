"""What is kept for its time and no longer, by the rules of each app's `personal_data`."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from customers import privacy
from customers.privacy import Rule

BATCH = 5_000


def rules() -> Iterator[Rule]:
    for part in privacy.ordered():
        yield from part.rules


def due(at: datetime) -> dict[str, int]:
    """How many rows of each kind would go now."""
    return {rule.key: rule.rows(_before(rule, at)).count() for rule in rules()}


def apply(at: datetime) -> dict[str, int]:
    """Delete or empty what is due, in small transactions; how many rows of each kind."""
    return {rule.key: sum(_batches(rule, _before(rule, at))) for rule in rules()}


def _before(rule: Rule, at: datetime) -> datetime:
    return at - timedelta(days=settings.KEEP_DAYS[rule.key])


def _batches(rule: Rule, before: datetime) -> Iterator[int]:
    after = 0
    rows = rule.rows(before)
    while ids := list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        _end(rule, rows.filter(pk__in=ids))
        after = ids[-1]
        yield len(ids)


@transaction.atomic
def _end(rule: Rule, chosen: QuerySet[Any]) -> None:
    if rule.empty is None:
        chosen.delete()
    else:
        with privacy.emptying_evidence():
            chosen.update(**rule.empty)
