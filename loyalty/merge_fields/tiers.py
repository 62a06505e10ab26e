from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from django.utils.translation import gettext_lazy as _

from customers import catalogue
from customers.merge_fields.orders import long_date
from customers.personalisation import MergeField, Value, Values, merge_fields
from loyalty import tiers
from loyalty.merge_fields.base import OfProgram
from loyalty.models import Program
from loyalty.tiers import Standing


@merge_fields.register
class Tiers(OfProgram):
    """Empty for who has no tier."""

    key = "tiers"
    label = _("Tier")
    position = 61
    fields = (
        MergeField("tier", _("Tier"), {"de": "Gold", "en": "Gold"}),
        MergeField(
            "tier_benefits",
            _("What the tier brings"),
            {"de": "Versand geschenkt, Punkte mal 1,5", "en": "Free shipping, 1.5 times the points"},
        ),
        MergeField(
            "tier_until", _("Last day of the tier"), {"de": "31. Dezember 2027", "en": "31 December 2027"}
        ),
        MergeField("tier_missing_to_keep", _("Points missing to keep the tier"), {"de": "120", "en": "120"}),
        MergeField("next_tier", _("Next tier"), {"de": "Platin", "en": "Platinum"}),
        MergeField(
            "points_to_next_tier", _("Points missing to the next tier"), {"de": "1.260", "en": "1,260"}
        ),
    )

    def of(self, program: Program, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        zone, where = ZoneInfo(program.time_zone), catalogue.locale(language)
        standings = tiers.standing(program, customer_ids, at)
        return {each: _words(standing, zone, where, language) for each, standing in standings.items()}


def _words(standing: Standing, zone: ZoneInfo, where: str, language: str) -> dict[str, Value]:
    words: dict[str, Value] = {}
    if standing.tier and standing.until:
        last = (standing.until - datetime.resolution).astimezone(zone).date()
        words |= {
            "tier": standing.tier.name,
            "tier_benefits": standing.tier.benefits_in(language),
            "tier_until": long_date(last, where),
            "tier_missing_to_keep": format_decimal(standing.to_keep, locale=where),
        }
    if standing.next and standing.missing is not None:
        words |= {
            "next_tier": standing.next.name,
            "points_to_next_tier": format_decimal(max(standing.missing, 0), locale=where),
        }
    return words
