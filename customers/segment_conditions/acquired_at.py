from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import comparing, phrases
from customers.segments.comparing import MomentForm
from customers.segments.conditions import Params, ProfileCondition, conditions
from customers.segments.sql import Sql


@conditions.register
class AcquiredAt(ProfileCondition):
    key = "acquired_at"
    label = gettext_lazy("Customer since")
    help = gettext_lazy("When somebody became a customer, where it is known.")
    Form = MomentForm
    fact = gettext_lazy("date of becoming a customer")
    seen = Sql("c.acquired_at")

    def test_sql(self, params: Params, at: datetime) -> Sql:
        return comparing.at_moment(Sql("c.acquired_at"), params, at)

    def words(self, params: Params) -> str:
        return _("became a customer %s") % phrases.moment(params)
