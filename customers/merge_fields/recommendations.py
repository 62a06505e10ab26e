"""Products for her, chosen when the message goes out: a list for each way to choose them.

Each is a group of its own, since each takes its own statements; the editor shows them as one.
"""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers import catalogue, recommendations
from customers.merge_fields import products
from customers.models import Shop
from customers.personalisation import LONGEST_LIST, MergeField, MergeFields, Values, merge_fields
from customers.recommendations import Strategy


class Recommended(MergeFields):
    """`recommended_<strategy>`, best first, as many as a message may show."""

    label = _("Recommendations")
    position = 36
    advertising = True
    strategy: Strategy

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        chosen = recommendations.for_customers(customer_ids, self.strategy, LONGEST_LIST, at)
        ids = {each for found in chosen.values() for each in found}
        shown = catalogue.load(ids, language, Shop.current().currency) if ids else {}
        return {
            customer: {self.key: [shown[each] for each in found if each in shown]}
            for customer, found in chosen.items()
        }


def _group(way: Strategy) -> type[Recommended]:
    class Group(Recommended):
        strategy = way
        key = f"recommended_{way.value}"
        fields = (
            MergeField(
                key,
                way.label,
                {"de": products.example("de"), "en": products.example("en")},
                items=products.ITEMS,
            ),
        )

    return Group


for each in Strategy:
    merge_fields.register(_group(each))
