"""Who has recommended others, and who came by a recommendation."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from customers.segments import comparing, phrases
from customers.segments.comparing import AmountForm
from customers.segments.conditions import Condition, Params, conditions
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql
from loyalty.segment_conditions.points import POINTS

COUNTED = [
    ("any", gettext_lazy("all that were named")),
    ("rewarded", gettext_lazy("those that were rewarded")),
]


def counted_field() -> forms.ChoiceField:
    return forms.ChoiceField(label=gettext_lazy("counted are"), choices=COUNTED, initial="any")


def _counts(params: Params) -> Sql:
    return Sql("f.state = 'rewarded'" if params["counted"] == "rewarded" else "true")


def _many(params: Params) -> Sql:
    return comparing.compare(Sql("count(*)"), params["operator"], params["number"], params.get("upper"))


class RecommendedForm(AmountForm):
    number = forms.IntegerField(label=gettext_lazy("customers"), min_value=1, max_value=10**6, initial=1)
    upper = forms.IntegerField(label=gettext_lazy("and"), min_value=1, max_value=10**6, initial=10)
    counted = counted_field()


@conditions.register
class HasRecommended(Condition):
    key = "has_recommended"
    label = gettext_lazy("Has recommended customers")
    group = POINTS
    help = gettext_lazy("How many new customers she has brought. Who has brought nobody never matches.")
    Form = RecommendedForm

    def set_sql(self, params: Params, at: datetime) -> Sql:
        return sql(
            "SELECT f.referrer_id FROM loyalty_referral f WHERE {} GROUP BY f.referrer_id HAVING {}",
            _counts(params),
            _many(params),
        )

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        return sql(
            "EXISTS (SELECT 1 FROM loyalty_referral f WHERE f.referrer_id = c.id AND {}"
            " GROUP BY f.referrer_id HAVING {})",
            _counts(params),
            _many(params),
        )

    def probe_joins(self, params: Params) -> bool:
        return True

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        return sql(
            "(SELECT count(*) FROM loyalty_referral f WHERE f.referrer_id = c.id AND {})", _counts(params)
        )

    def seen_words(self, value: Any, params: Params) -> str:
        return ngettext("%s customer", "%s customers", value) % formats.number(value)

    def words(self, params: Params) -> str:
        last = phrases.last_number(params)
        if params["counted"] == "rewarded":
            text = ngettext("was rewarded for %s customer", "was rewarded for %s customers", last)
        else:
            text = ngettext("has recommended %s customer", "has recommended %s customers", last)
        return text % phrases.amount(params)


class CameForm(ParamsForm):
    counted = counted_field()


@conditions.register
class WasRecommended(Condition):
    key = "was_recommended"
    label = gettext_lazy("Was recommended")
    group = POINTS
    help = gettext_lazy("Somebody who came by another customer's referral code.")
    Form = CameForm

    def set_sql(self, params: Params, at: datetime) -> Sql:
        return sql("SELECT f.recommended_id FROM loyalty_referral f WHERE {}", _counts(params))

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        return sql(
            "EXISTS (SELECT 1 FROM loyalty_referral f WHERE f.recommended_id = c.id AND {})", _counts(params)
        )

    def probe_joins(self, params: Params) -> bool:
        return True

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        return sql(
            "(SELECT count(*) FROM loyalty_referral f WHERE f.recommended_id = c.id AND {})", _counts(params)
        )

    def seen_words(self, value: Any, params: Params) -> str:
        return ngettext("%s referral", "%s referrals", value) % formats.number(value)

    def words(self, params: Params) -> str:
        if params["counted"] == "rewarded":
            return _("was recommended, and it was rewarded")
        return _("was recommended by somebody")
