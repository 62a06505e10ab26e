from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import Params, ProfileCondition, conditions
from customers.segments.fields import TextsField
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql


class CityForm(ParamsForm):
    cities = TextsField(label=gettext_lazy("city"), column="city")


@conditions.register
class City(ProfileCondition):
    key = "city"
    label = gettext_lazy("City")
    help = gettext_lazy("Where somebody lives; capital and small letters are the same.")
    Form = CityForm
    fact = gettext_lazy("city")
    seen = Sql("nullif(c.city, '')")

    def test_sql(self, params: Params, at: datetime) -> Sql:
        return sql("lower(c.city) = ANY ({})", [city.lower() for city in params["cities"]])

    def words(self, params: Params) -> str:
        return _("the city is %s") % phrases.either(params["cities"])
