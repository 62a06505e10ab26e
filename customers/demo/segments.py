"""Segments of the demo shop, so that the list, the editor and a first campaign have something to show."""

from datetime import datetime
from random import Random
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from customers.demo_shop import Stage, stages
from customers.models import Category, Segment
from customers.segments import drafts


def leaf(condition: str, **params: Any) -> dict[str, Any]:
    return {"condition": condition, "params": params}


def rules() -> list[tuple[str, str, dict[str, Any]]]:
    """Name, purpose and rule of each."""
    german = leaf("language", languages=["de"])
    regulars = leaf("orders_count", operator="at_least", number=3, window="days", days=365)
    top = Category.objects.filter(parent=None).order_by("path").first()
    wanted = [leaf("bought_category", categories=[top.pk], times=1, window="days", days=365)] if top else []
    return [
        (
            _("Regulars, German"),
            _("Three orders or more in a year, written to in German"),
            {"all": [german, regulars]},
        ),
        (
            _("Lapsed, worth winning back"),
            _("Spent well, and silent for three months"),
            {
                "all": [
                    leaf("revenue", operator="at_least", number="200", window="all"),
                    leaf("last_order", operator="longer_ago", days=90),
                ]
            },
        ),
        (_("Birthday this week"), "", {"all": [leaf("birthday", days=7)]}),
        (
            _("Autumn invitation"),
            _("Regulars or good customers of the first department, without newcomers"),
            {
                "all": [
                    leaf("country", countries=["DE", "AT", "CH"]),
                    {"any": [regulars, *wanted]},
                    {"none": [leaf("first_order", operator="within", days=30)]},
                ]
            },
        ),
    ]


@stages.register
class Segments(Stage):
    key = "segments"
    order = 35

    def build(self, random: Random, at: datetime) -> None:
        with translation.override("de"):
            named = rules()
        for name, description, rule in named:
            segment = Segment.objects.create(name=name, description=description, rule=rule, updated_at=at)
            drafts.recount(segment, at)
