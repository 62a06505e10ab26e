"""Builds the demo shop: each app adds a stage for its own tables in its folder `demo`."""

from datetime import datetime
from random import Random

from django.db import connection, transaction

from config.registry import Registry
from customers.models import Customer, Identity, Shop

SOURCE = "linden"


class Stage:
    """One part of the demo shop. `order` says when it is built; lower apps come first. `asks_much` of what stands
    there by then: the planner is told how large it has become."""

    key: str
    order: int
    asks_much = False

    def build(self, random: Random, at: datetime) -> None:
        raise NotImplementedError


stages: Registry[Stage] = Registry("demo")


class NotEmpty(Exception):
    """There are customers already who are not of the demo shop."""


def exists() -> bool:
    return Identity.objects.filter(source=SOURCE).exists()


@transaction.atomic
def build(at: datetime, seed: int = 1) -> bool:
    """Fill an empty database with Kaufhaus Linden as of the day of `at`; the same seed and day give the same shop.

    False when the demo shop is there already; raises NotEmpty when other customers are.
    """
    Shop.objects.get_or_create(pk=1, defaults={"name": "Kaufhaus Linden"})
    Shop.objects.select_for_update().get(pk=1)
    if exists():
        return False
    if Customer.objects.exists():
        raise NotEmpty
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    for stage in sorted(stages, key=lambda stage: stage.order):
        if stage.asks_much:
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")  # the planner still believes that all tables are empty
        stage.build(Random(f"{seed}/{stage.key}"), midnight)  # noqa: S311 - repeatable, not secret
    return True
