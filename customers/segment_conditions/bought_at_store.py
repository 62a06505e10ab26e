from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import Params, conditions
from customers.segments.fields import StoreField
from customers.segments.figures import Bought, BoughtForm
from customers.segments.sql import Sql, sql


class BoughtAtStoreForm(BoughtForm):
    stores = StoreField(label=gettext_lazy("store"))
    field_order = ["stores", *BoughtForm.field_order]


@conditions.register
class BoughtAtStore(Bought):
    key = "bought_at_store"
    label = gettext_lazy("Bought in a store")
    help = gettext_lazy("Orders placed in one of these stores or online shops.")
    Form = BoughtAtStoreForm

    def source(self, params: Params) -> tuple[Sql, Sql]:
        return Sql("customers_order o"), sql("o.store_id = ANY ({})", params["stores"])

    def words(self, params: Params) -> str:
        where = _("bought in %s") % phrases.either(StoreField().labels(params["stores"]))
        return phrases.joined(where, phrases.times(params), phrases.window(params))
