from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from customers.segments.conditions import Params, conditions
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql
from loyalty.coupons import giving
from loyalty.models import Coupon
from loyalty.segment_conditions.points import OfAccount, left


class NextRewardForm(ParamsForm):
    points = forms.IntegerField(
        label=gettext_lazy("points missing at most"), min_value=1, max_value=1_000_000, initial=100
    )


@conditions.register
class NearNextReward(OfAccount):
    """The same reward as that of the merge field (rewards/catalogue.py)."""

    key = "near_next_reward"
    label = gettext_lazy("Near the next reward")
    help = gettext_lazy(
        "So few points are missing to the cheapest reward that somebody cannot afford yet. Who has no account yet"
        " belongs to no group of them."
    )
    Form = NextRewardForm

    def of_account(self, params: Params, at: datetime) -> Sql:
        return sql("{} <= {}", self.figure(params, at), params["points"])

    def figure(self, params: Params, at: datetime) -> Sql:
        today = sql("({}::timestamptz AT TIME ZONE g.time_zone)::date", at)
        works = Coupon.objects.filter(giving.redeemable(at)).order_by().values("pk").query.sql_with_params()
        return sql(
            """(SELECT min(w.points - now.free) FROM (SELECT {} AS free) AS now
            JOIN loyalty_reward w ON w.program_id = a.program_id AND w.points > now.free
            JOIN loyalty_program g ON g.id = w.program_id
            WHERE w.active AND w.kind <> 'money' AND (w.stock IS NULL OR w.used < w.stock)
              AND (w.starts_on IS NULL OR w.starts_on <= {}) AND (w.ends_on IS NULL OR w.ends_on >= {})
              AND (w.coupon_id IS NULL OR w.coupon_id IN ({}))
              AND (w.per_customer_limit IS NULL OR w.per_customer_limit > (
                SELECT count(*) FROM loyalty_rewarduse u
                WHERE u.reward_id = w.id AND u.customer_id = a.customer_id)))""",
            left(at),
            today,
            today,
            Sql(*works),
        )

    def seen_words(self, value: Any, params: Params) -> str:
        return ngettext("%s point is missing", "%s points are missing", value) % formats.number(int(value))

    def words(self, params: Params) -> str:
        number = params["points"]
        pattern = ngettext(
            "at most %s point is missing to the next reward",
            "at most %s points are missing to the next reward",
            number,
        )
        return pattern % formats.number(number)
