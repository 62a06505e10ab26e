from collections.abc import Collection
from datetime import datetime

from babel.numbers import format_decimal
from django.utils.translation import gettext_lazy as _

from customers import catalogue
from customers.personalisation import MergeField, Values, merge_fields
from loyalty.merge_fields.base import OfProgram
from loyalty.models import Program
from loyalty.rewards import catalogue as rewards


@merge_fields.register
class NextReward(OfProgram):
    """Empty for who can afford all rewards."""

    key = "next_reward"
    label = _("Next reward")
    position = 62
    fields = (
        MergeField(
            "next_reward",
            _("The cheapest reward that the points do not suffice for yet"),
            {"de": "Kaffeebecher", "en": "Coffee mug"},
        ),
        MergeField(
            "points_to_next_reward", _("Points missing to the next reward"), {"de": "180", "en": "180"}
        ),
    )

    def of(self, program: Program, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        where = catalogue.locale(language)
        return {
            each: {
                "next_reward": found.reward.words(language)["name"],
                "points_to_next_reward": format_decimal(found.missing, locale=where),
            }
            for each, found in rewards.next_of(program, customer_ids, at).items()
        }
