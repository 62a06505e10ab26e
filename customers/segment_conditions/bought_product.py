from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import Params, conditions
from customers.segments.fields import ProductField
from customers.segments.figures import LINES, Bought, BoughtForm
from customers.segments.sql import Sql, sql


class BoughtProductForm(BoughtForm):
    products = ProductField(label=gettext_lazy("product"))
    field_order = ["products", *BoughtForm.field_order]


@conditions.register
class BoughtProduct(Bought):
    key = "bought_product"
    label = gettext_lazy("Bought a product")
    help = gettext_lazy("Orders with one of these products. Sending it back later does not undo that.")
    Form = BoughtProductForm

    def source(self, params: Params) -> tuple[Sql, Sql]:
        return LINES, sql("l.product_id = ANY ({})", params["products"])

    def words(self, params: Params) -> str:
        what = _("bought %s") % phrases.either(ProductField().labels(params["products"]))
        return phrases.joined(what, phrases.times(params), phrases.window(params))
