"""Whether somebody's e-mail address can be written to, apart from whether she wants it."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels import suppression
from channels.models import Channel
from customers.segments.conditions import CONTACT, Condition, Params, conditions, people
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql

STATES = [
    ("reachable", gettext_lazy("can be written to")),
    ("suppressed", gettext_lazy("is on the suppression list")),
    ("missing", gettext_lazy("is not known")),
]


class EmailAddressForm(ParamsForm):
    state = forms.ChoiceField(label=gettext_lazy("the e-mail address"), choices=STATES, initial="reachable")


@conditions.register
class EmailAddress(Condition):
    key = "email_address"
    label = gettext_lazy("E-mail address")
    group = CONTACT
    help = gettext_lazy(
        "Can be written to: the address is known and not on the suppression list. Consent is apart."
    )
    Form = EmailAddressForm

    def test_sql(self, params: Params, at: datetime) -> Sql | None:
        return Sql("c.email = ''") if params["state"] == "missing" else None

    def set_sql(self, params: Params, at: datetime) -> Sql:
        return people(self.probe_sql(params, at))

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        if params["state"] == "missing":
            return Sql("c.email = ''")
        if params["state"] == "suppressed":
            return _is_suppressed()
        return sql("c.email <> '' AND NOT {}", _is_suppressed())

    def probe_joins(self, params: Params) -> bool:
        return True

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        states = "CASE WHEN c.email = '' THEN 'missing' WHEN {} THEN 'suppressed' ELSE 'reachable' END"
        return sql(states, _is_suppressed())

    def seen_words(self, value: Any, params: Params) -> str:
        return str(dict(STATES)[value])

    def words(self, params: Params) -> str:
        texts = {
            "reachable": _("the e-mail address can be written to"),
            "suppressed": _("the e-mail address is on the suppression list"),
            "missing": _("no e-mail address is known"),
        }
        return texts[params["state"]]


def _is_suppressed() -> Sql:
    text, values = suppression.suppressed_sql(Channel.EMAIL)
    return Sql(text, tuple(values))
