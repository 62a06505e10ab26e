"""Segments to begin with, so that the list, the editor and the campaigns have something to show."""

from datetime import datetime
from random import Random
from typing import Any

from customers.demo_shop import Stage, stages
from customers.models import Category, Segment
from customers.segments import drafts


def leaf(condition: str, **params: Any) -> dict[str, Any]:
    return {"condition": condition, "params": params}


NEWSLETTER = leaf("consent", state="has", purpose="sending", channel="email", topic="newsletter")
REGULARS = leaf("orders_count", operator="at_least", number=4, window="days", days=365)
HOME_COUNTRIES = leaf("country", countries=["DE", "AT", "CH"])


def rules() -> list[tuple[str, str, dict[str, Any]]]:
    """(name, description, rule)"""
    fine_food = leaf(
        "bought_category", categories=[Category.objects.get(path="Feinkost").pk], times=2, window="all"
    )
    interest = leaf(
        "behaviour",
        kind="view",
        subject="any",
        operator="at_least",
        number=3,
        window="days",
        days=30,
        bought="not_since",
    )
    kitchen = leaf("bought_brand", brands=["Lindenküche"], times=1, window="days", days=365)
    newcomers = leaf("first_order", operator="within", days=30)
    return [
        ("Newsletter-Empfänger", "Alle, die dem Newsletter zugestimmt haben", {"all": [NEWSLETTER]}),
        (
            "Stammkunden in Deutschland, Österreich und der Schweiz",
            "Mindestens vier Bestellungen in einem Jahr",
            {"all": [HOME_COUNTRIES, REGULARS]},
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
        ("Geburtstag in dieser Woche", "", {"all": [leaf("birthday", days=7)]}),
        (
            "Warenkorb der letzten drei Tage, nicht gekauft",
            "Verlassene Warenkörbe ab 50 €",
            {"all": [leaf("cart", state="abandoned", worth="50", from_hours=0, to_hours=72, subject="any")]},
        ),
        (
            "Oft angesehen, nicht gekauft",
            "Mindestens drei Mal in 30 Tagen angesehen und seitdem nicht bestellt",
            {"all": [interest]},
        ),
        (
            "Genießer ohne Newsletter",
            "Kaufen Feinkost, haben dem Newsletter aber nicht zugestimmt",
            {"all": [fine_food, {"none": [NEWSLETTER]}]},
        ),
        ("Käufer der Marke Lindenküche", "In den letzten zwölf Monaten gekauft", {"all": [kitchen]}),
        (
            "Einladung zum Adventsabend",
            "Stammkunden und Genießer, ohne alle, die wir gerade erst kennenlernen",
            {"all": [HOME_COUNTRIES, {"any": [REGULARS, fine_food]}, {"none": [newcomers]}]},
        ),
    ]


@stages.register
class Segments(Stage):
    key = "segments"
    order = 60
    asks_much = True

    def build(self, random: Random, at: datetime) -> None:
        for name, description, rule in rules():
            segment = Segment.objects.create(name=name, description=description, rule=rule, updated_at=at)
            drafts.recount(segment, at)
