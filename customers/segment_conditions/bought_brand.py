from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Product
from customers.segments import phrases
from customers.segments.conditions import Params, conditions
from customers.segments.fields import TextsField
from customers.segments.figures import LINES, Bought, BoughtForm
from customers.segments.sql import Sql, sql


class BoughtBrandForm(BoughtForm):
    brands = TextsField(label=gettext_lazy("brand"), column="brand", model=Product)
    field_order = ["brands", *BoughtForm.field_order]


@conditions.register
class BoughtBrand(Bought):
    key = "bought_brand"
    label = gettext_lazy("Bought a brand")
    help = gettext_lazy(
        "Orders with a product of one of these brands, as the catalogue knows them now; capital and small letters are "
        "the same."
    )
    Form = BoughtBrandForm

    def source(self, params: Params) -> tuple[Sql, Sql]:
        return LINES, sql(
            "l.product_id IN (SELECT p.id FROM customers_product p WHERE lower(p.brand) = ANY ({}))",
            [brand.lower() for brand in params["brands"]],
        )

    def words(self, params: Params) -> str:
        what = _("bought of the brand %s") % phrases.either(params["brands"])
        return phrases.joined(what, phrases.times(params), phrases.window(params))
