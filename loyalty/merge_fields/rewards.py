from collections.abc import Collection
from datetime import datetime

from babel.numbers import format_decimal
from django.utils.translation import gettext_lazy as _

from customers import catalogue
from customers.personalisation import MergeField, MergeFields, Value, Values, merge_fields
from loyalty import programs
from loyalty.rewards import catalogue as rewards


@merge_fields.register
class NextReward(MergeFields):
    """Of the oldest programme that is active; empty without one, and for who can afford all rewards."""

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

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        empty: dict[str, Value] = dict.fromkeys((field.key for field in self.fields), "")
        values: Values = dict.fromkeys(customer_ids, empty)
        program = programs.active().first()
        if program is None:
            return values
        where = catalogue.locale(language)
        for customer, found in rewards.next_of(program, customer_ids, at).items():
            values[customer] = {
                "next_reward": found.reward.words(language)["name"],
                "points_to_next_reward": format_decimal(found.missing, locale=where),
            }
        return values
