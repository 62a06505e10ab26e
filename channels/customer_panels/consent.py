"""May we write to her: per topic and for tracking, why, since when, and everything she ever stated."""

from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from channels import consent, suppression
from channels.models import Channel, Consent, Purpose, Suppression, Topic
from customers import access
from customers.models import Customer, User
from customers.panels import Panel, panels

NEWEST = 20
STATES = {
    "yes": (_("agreed"), "good"),
    "no": (_("withdrawn"), "bad"),
    "never": (_("never asked"), "calm"),
}


@panels.register
class ConsentPanel(Panel):
    key = "consent"
    order = 20
    label = _("Consent")
    template = "channels/panels/consent.html"
    permission = "channels.view_consent"

    def context(self, customer: Customer, reader: User, at: datetime) -> dict[str, Any]:
        history = customer.consents.select_related("topic", "recorded_by").order_by("-stated_at", "-pk")
        return {
            "customer": customer,
            "email": customer.email if access.sees_names(reader) else access.masked_email(customer.email),
            "suppression": _suppression(customer),
            "lines": _lines(customer),
            "history": [(row, _topic_name(row.topic)) for row in history[:NEWEST]],
            "more": history.count() > NEWEST,
            "sees_proof": access.sees_names(reader),
            "may_record": reader.has_perm("channels.add_consent"),
        }


def _suppression(customer: Customer) -> Suppression | None:
    key = suppression.address_key(Channel.EMAIL, customer.email)
    return Suppression.objects.filter(channel=Channel.EMAIL, address_key=key).first() if key else None


def _lines(customer: Customer) -> list[tuple[str, str, str, Consent | None]]:
    """(what, word, tone, the statement that decides) for each topic and for tracking."""
    said = list(customer.consents.filter(channel=Channel.EMAIL).select_related("topic"))
    asked: list[tuple[Any, Topic | None, str]] = [
        (_topic_name(topic), topic, Purpose.SENDING) for topic in Topic.objects.all()
    ]
    asked.append((Purpose.TRACKING.label, None, Purpose.TRACKING))
    return [_line(str(name), consent.deciding(said, topic, purpose)) for name, topic, purpose in asked]


def _line(name: str, deciding: Consent | None) -> tuple[str, str, str, Consent | None]:
    answer = "never" if deciding is None else "yes" if deciding.state == Consent.State.GRANTED else "no"
    word, tone = STATES[answer]
    return name, str(word), tone, deciding


def _topic_name(topic: Topic | None) -> str:
    return topic.name_in(get_language() or "en") if topic else str(_("all topics"))
