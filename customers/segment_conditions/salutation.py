from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import Params, ProfileCondition, conditions
from customers.segments.fields import SalutationField
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql


class SalutationForm(ParamsForm):
    salutations = SalutationField(label=gettext_lazy("salutation"))


@conditions.register
class Salutation(ProfileCondition):
    key = "salutation"
    label = gettext_lazy("Salutation")
    help = gettext_lazy("How somebody is addressed, where it is known.")
    Form = SalutationForm
    fact = gettext_lazy("salutation")
    seen = Sql("nullif(c.salutation, '')")

    def test_sql(self, params: Params, at: datetime) -> Sql:
        return sql("c.salutation = ANY ({})", params["salutations"])

    def words(self, params: Params) -> str:
        return _("the salutation is %s") % phrases.either(SalutationField().labels(params["salutations"]))

    def seen_words(self, value: Any, params: Params) -> str:
        return SalutationField().labels([value])[0]
