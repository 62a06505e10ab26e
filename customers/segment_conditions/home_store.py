from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import Params, ProfileCondition, conditions
from customers.segments.fields import StoreField
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql


class HomeStoreForm(ParamsForm):
    stores = StoreField(label=gettext_lazy("home store"))


@conditions.register
class HomeStore(ProfileCondition):
    key = "home_store"
    label = gettext_lazy("Home store")
    help = gettext_lazy("The store that somebody belongs to.")
    Form = HomeStoreForm
    fact = gettext_lazy("home store")
    seen = Sql("c.home_store_id")

    def test_sql(self, params: Params, at: datetime) -> Sql:
        return sql("c.home_store_id = ANY ({})", params["stores"])

    def words(self, params: Params) -> str:
        return _("the home store is %s") % phrases.either(StoreField().labels(params["stores"]))

    def seen_words(self, value: Any, params: Params) -> str:
        return StoreField().labels([value])[0]
