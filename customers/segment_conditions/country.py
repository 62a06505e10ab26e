from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import Params, ProfileCondition, conditions
from customers.segments.fields import CountryField
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql


class CountryForm(ParamsForm):
    countries = CountryField(label=gettext_lazy("country"))


@conditions.register
class Country(ProfileCondition):
    key = "country"
    label = gettext_lazy("Country")
    help = gettext_lazy("Where somebody lives.")
    Form = CountryForm
    fact = gettext_lazy("country")
    seen = Sql("nullif(c.country, '')")

    def test_sql(self, params: Params, at: datetime) -> Sql:
        return sql("c.country = ANY ({})", params["countries"])

    def words(self, params: Params) -> str:
        return _("the country is %s") % phrases.either(CountryField().labels(params["countries"]))

    def seen_words(self, value: Any, params: Params) -> str:
        return CountryField().labels([value])[0]
