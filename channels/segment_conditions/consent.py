"""What somebody has said about being written to or tracked: yes, no, or nothing yet."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels import consent
from channels.models import Channel, Purpose, Topic
from config import formats
from customers.segments.conditions import CONTACT, Condition, Params, conditions, people
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql

STATES = [
    ("has", gettext_lazy("has given")),
    ("has_not", gettext_lazy("has not given")),
    ("withdrew", gettext_lazy("has withdrawn")),
]
ALL_TOPICS = ""


def topics() -> list[tuple[str, Any]]:
    named = [(topic.key, topic.name_in(formats.language())) for topic in Topic.objects.all()]
    return [(ALL_TOPICS, gettext_lazy("all topics")), *named]


class ConsentForm(ParamsForm):
    state = forms.ChoiceField(label=gettext_lazy("consent"), choices=STATES, initial="has")
    purpose = forms.ChoiceField(label=gettext_lazy("for"), choices=Purpose, initial=Purpose.SENDING)
    channel = forms.ChoiceField(label=gettext_lazy("channel"), choices=Channel, initial=Channel.EMAIL)
    topic = forms.ChoiceField(label=gettext_lazy("topic"), choices=topics, required=False, initial=ALL_TOPICS)


@conditions.register
class ConsentGiven(Condition):
    key = "consent"
    label = gettext_lazy("Consent")
    group = CONTACT
    help = gettext_lazy(
        "The newest statement counts. “Has not given” is everybody who may not be written to: who withdrew, and who "
        "never said anything. A consent without a topic covers all topics."
    )
    Form = ConsentForm

    def set_sql(self, params: Params, at: datetime) -> Sql:
        if params["state"] == "has":
            return sql("SELECT DISTINCT yes.customer_id FROM ({}) yes (customer_id)", _allowed(params))
        if params["state"] == "has_not":
            return people(self.probe_sql(params, at))
        return sql("SELECT DISTINCT no.customer_id FROM channels_permission no WHERE {}", _refused(params))

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        has = sql(
            "EXISTS (SELECT 1 FROM ({}) yes (customer_id) WHERE yes.customer_id = c.id)", _allowed(params)
        )
        if params["state"] == "has":
            return has
        if params["state"] == "has_not":
            return sql("NOT {}", has)
        no = Sql("SELECT 1 FROM channels_permission no WHERE no.customer_id = c.id")
        return sql("EXISTS ({} AND {})", no, _refused(params))

    def probe_joins(self, params: Params) -> bool:
        return True

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        has = self.probe_sql(params | {"state": "has"}, at)
        withdrew = self.probe_sql(params | {"state": "withdrew"}, at)
        return sql("CASE WHEN {} THEN 'has' WHEN {} THEN 'withdrew' ELSE 'has_not' END", has, withdrew)

    def seen_words(self, value: Any, params: Params) -> str:
        return str(dict(STATES)[value])

    def words(self, params: Params) -> str:
        texts = {
            "has": _("consent to %(purpose)s by %(channel)s (%(topic)s)"),
            "has_not": _("no consent to %(purpose)s by %(channel)s (%(topic)s)"),
            "withdrew": _("consent to %(purpose)s by %(channel)s withdrawn (%(topic)s)"),
        }
        return texts[params["state"]] % {
            "purpose": Purpose(params["purpose"]).label,
            "channel": Channel(params["channel"]).label,
            "topic": dict(topics())[params["topic"]],
        }


def _allowed(params: Params) -> Sql:
    text, values = consent.allowed_sql(params["channel"], _topic_id(params), params["purpose"])
    return Sql(text, tuple(values))


def _refused(params: Params) -> Sql:
    """A test of the statement `no`. She withdrew if one covers the question and no newer yes does."""
    where = sql(
        "NOT no.granted AND no.channel = {} AND no.purpose = {}", params["channel"], params["purpose"]
    )
    topic = _topic_id(params)
    if topic is None:  # one word at most covers it
        return sql("{} AND no.topic_id IS NULL", where)
    yes = sql("SELECT 1 FROM ({}) yes (customer_id) WHERE yes.customer_id = no.customer_id", _allowed(params))
    return sql("{} AND (no.topic_id = {} OR no.topic_id IS NULL) AND NOT EXISTS ({})", where, topic, yes)


def _topic_id(params: Params) -> int | None:
    if params["topic"] == ALL_TOPICS:
        return None
    return Topic.objects.values_list("pk", flat=True).get(key=params["topic"])
