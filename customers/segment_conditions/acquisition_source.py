from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import Params, ProfileCondition, conditions
from customers.segments.fields import TextsField
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql


class AcquisitionSourceForm(ParamsForm):
    sources = TextsField(label=gettext_lazy("acquired by"), column="acquisition_source")


@conditions.register
class AcquisitionSource(ProfileCondition):
    key = "acquisition_source"
    label = gettext_lazy("Acquired by")
    help = gettext_lazy("How somebody became a customer, such as a fair or an advertisement.")
    Form = AcquisitionSourceForm
    fact = gettext_lazy("source of acquisition")
    seen = Sql("nullif(c.acquisition_source, '')")

    def test_sql(self, params: Params, at: datetime) -> Sql:
        return sql("lower(c.acquisition_source) = ANY ({})", [source.lower() for source in params["sources"]])

    def words(self, params: Params) -> str:
        return _("acquired by %s") % phrases.either(params["sources"])
