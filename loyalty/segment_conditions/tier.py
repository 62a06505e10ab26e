from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import ORDERS, Condition, Params, conditions, people
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, some, sql
from loyalty.models import Tier
from loyalty.segment_conditions.fields import NO_TIER, TierField

HERS = """SELECT 1 FROM loyalty_account la JOIN loyalty_tierperiod lp ON lp.account_id = la.id AND lp.current
    WHERE la.customer_id = c.id AND la.closed_at IS NULL AND"""


class TierForm(ParamsForm):
    tiers = TierField(label=gettext_lazy("tier"))


@conditions.register
class HasTier(Condition):
    key = "tier"
    label = gettext_lazy("Tier")
    group = ORDERS
    help = gettext_lazy("The tier of the loyalty programme that somebody has now.")
    Form = TierForm
    fact = gettext_lazy("tier")

    def needs(self, params: Params) -> Any:
        chosen = params.get("tiers")
        return "" if isinstance(chosen, list) and str(NO_TIER) in map(str, chosen) else self.fact

    def set_sql(self, params: Params, at: datetime) -> Sql:
        if NO_TIER in params["tiers"]:
            return people(self.probe_sql(params, at))
        return sql(
            """SELECT DISTINCT la.customer_id FROM loyalty_tierperiod lp
            JOIN loyalty_account la ON la.id = lp.account_id
            WHERE lp.current AND la.closed_at IS NULL AND lp.tier_id = ANY ({})""",
            params["tiers"],
        )

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        tests = [sql("EXISTS ({} lp.tier_id = ANY ({}))", Sql(HERS), params["tiers"])]
        if NO_TIER in params["tiers"]:
            tests.append(sql("NOT EXISTS ({} lp.tier_id IS NOT NULL)", Sql(HERS)))
        return some(tests)

    def probe_joins(self, params: Params) -> bool:
        return NO_TIER not in params["tiers"]

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        return sql(
            "(SELECT min(lp.tier_id) FROM ({} true) AS lp (tier_id))", Sql(HERS.replace("1", "lp.tier_id", 1))
        )

    def seen_words(self, value: Any, params: Params) -> str:
        return str(Tier.objects.get(pk=value))

    def words(self, params: Params) -> str:
        return _("the tier is %s") % phrases.either(TierField().labels(params["tiers"]))
