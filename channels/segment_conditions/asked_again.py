"""Who is to be asked again: whether she still wants to be written to, and whether her interests are still right."""

# ruff: noqa: S608  (statements of our own)

from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy, ngettext

from channels import renewal
from config import formats
from config.clocks import months_later
from customers.segments.conditions import CONTACT, Condition, Params, conditions, people
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql

AGREED = """
    EXISTS (SELECT 1 FROM channels_permission yes
            WHERE yes.customer_id = c.id AND yes.granted AND yes.purpose = 'sending')
"""
LAST_SIGN = f"""
    CASE WHEN {AGREED} THEN greatest(
        s.last_order_at, s.last_event_at,
        (SELECT max(said.stated_at) FROM channels_permission said WHERE said.customer_id = c.id),
        (SELECT wish.interests_confirmed_at FROM channels_preference wish WHERE wish.customer_id = c.id),
        (SELECT max(e.at) FROM channels_delivery d JOIN channels_deliveryevent e ON e.delivery_id = d.id
         WHERE d.customer_id = c.id AND e.kind = 'clicked' AND e.human)) END
"""
LAST_WORD = """
    (SELECT greatest(max(i.stated_at), max(i.withdrawn_at), (
                SELECT wish.interests_confirmed_at FROM channels_preference wish WHERE wish.customer_id = c.id))
     FROM customers_interest i WHERE i.customer_id = c.id HAVING bool_or(i.withdrawn_at IS NULL))
"""


class MonthsForm(ParamsForm):
    months = forms.IntegerField(label=gettext_lazy("months"), min_value=1, max_value=120, initial=12)


class AskedAgain(Condition):
    group = CONTACT
    Form = MonthsForm
    test = ""  # of `channels.renewal`

    def set_sql(self, params: Params, at: datetime) -> Sql:
        return people(self.probe_sql(params, at))

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        since = months_later(at, -params["months"])
        return sql(self.test.replace("{since}", "{}"), *[since] * self.test.count("{since}"))

    def probe_joins(self, params: Params) -> bool:
        return True


@conditions.register
class ConsentIdle(AskedAgain):
    key = "consent_idle"
    label = gettext_lazy("No sign of life")
    help = gettext_lazy(
        "Said yes to messages, and since then nothing was heard: no order, no visit, nothing looked at, no click that "
        "we may know of, no word about consent or interests. To ask them whether they still want messages."
    )
    fact = gettext_lazy("consent to messages")
    test = f"{AGREED} AND {renewal.SILENT}"
    seen = Sql(LAST_SIGN)

    def words(self, params: Params) -> str:
        months = params["months"]
        said = ngettext("no sign of life for %s month", "no sign of life for %s months", months)
        return said % formats.number(months)


@conditions.register
class InterestsUnconfirmed(AskedAgain):
    key = "interests_unconfirmed"
    label = gettext_lazy("Interests not confirmed")
    help = gettext_lazy(
        "Named interests, and has neither changed nor confirmed them for so long. Who never named any is not among "
        "them."
    )
    test = renewal.UNCONFIRMED
    fact = gettext_lazy("interest of her own")
    seen = Sql(LAST_WORD)

    def words(self, params: Params) -> str:
        months = params["months"]
        said = ngettext(
            "interests not confirmed for %s month", "interests not confirmed for %s months", months
        )
        return said % formats.number(months)
