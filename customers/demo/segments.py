"""Segments to begin with."""

from datetime import datetime
from random import Random
from typing import Any

from customers.demo_shop import Stage, stages
from customers.models import Category, Segment


def leaf(condition: str, **params: Any) -> dict[str, Any]:
    return {"condition": condition, "params": params}


NEWSLETTER = leaf("consent", state="has", purpose="sending", channel="email", topic="newsletter")


def rules() -> list[tuple[str, str, dict[str, Any]]]:
    """(name, description, rule)"""
    food = Category.objects.get(path="Feinkost").pk
    return [
        ("Newsletter-Empfänger", "Alle, die dem Newsletter zugestimmt haben", {"all": [NEWSLETTER]}),
        (
            "Stammkunden in Deutschland, Österreich und der Schweiz",
            "Mindestens vier Bestellungen in einem Jahr",
            {
                "all": [
                    leaf("country", countries=["DE", "AT", "CH"]),
                    leaf("orders_count", operator="at_least", number=4, window="days", days=365),
                ]
            },
        ),
        (
            "Wer in zwei Jahren bestellt hat",
            "Mindestens eine Bestellung in den letzten 730 Tagen",
            {"all": [leaf("orders_count", operator="at_least", number=1, window="days", days=730)]},
        ),
        (
            "Lange nicht gesehen",
            "Hatten drei Bestellungen oder mehr, die letzte vor über 180 Tagen",
            {
                "all": [
                    leaf("orders_count", operator="at_least", number=3, window="all"),
                    leaf("last_order", operator="longer_ago", days=180),
                ]
            },
        ),
        (
            "Genießer ohne Newsletter",
            "Kaufen Feinkost, haben dem Newsletter aber nicht zugestimmt",
            {
                "all": [
                    leaf("bought_category", categories=[food], times=2, window="all"),
                    {"none": [NEWSLETTER]},
                ]
            },
        ),
    ]


@stages.register
class Segments(Stage):
    key = "segments"
    order = 60

    def build(self, random: Random, at: datetime) -> None:
        Segment.objects.bulk_create(
            Segment(name=name, description=text, rule=rule) for name, text, rule in rules()
        )
