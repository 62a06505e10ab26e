from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import Params, conditions
from customers.segments.fields import CategoryField
from customers.segments.figures import LINES, Bought, BoughtForm
from customers.segments.sql import Sql, sql
from customers.segments.subjects import with_those_below


class BoughtCategoryForm(BoughtForm):
    categories = CategoryField(label=gettext_lazy("category"))
    field_order = ["categories", *BoughtForm.field_order]


@conditions.register
class BoughtCategory(Bought):
    key = "bought_category"
    label = gettext_lazy("Bought from a category")
    help = gettext_lazy("Orders with a product of one of these categories or of those below them.")
    Form = BoughtCategoryForm

    def source(self, params: Params) -> tuple[Sql, Sql]:
        return LINES, sql(
            "l.product_id IN (SELECT p.id FROM customers_product p WHERE p.category_id = ANY ({}))",
            with_those_below(params["categories"]),
        )

    def words(self, params: Params) -> str:
        names = phrases.either(CategoryField().labels(params["categories"]))
        return phrases.joined(
            _("bought from the category %s") % names, phrases.times(params), phrases.window(params)
        )
