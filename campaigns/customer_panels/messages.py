"""Why did she get this, why not: her messages with what became of each, and what holds up those that wait."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns import words
from campaigns.models import Campaign
from channels.arbiter import explain
from channels.arbiter.rows import Act
from channels.models import Delivery
from config.pages.parts import Text, Tone
from customers.models import Customer, User
from customers.panels import Panel, panels

NEWEST = 10
# Each of them is asked about at every gate.
EXPLAINED = 3


@dataclass(frozen=True)
class Line:
    """A message; `at` is when it was sent, when it is due, or when it ended. `holds`: what is in its way now."""

    name: str
    url: str
    outcome: str
    why: Text
    tone: Tone
    at: datetime | None
    waits: bool
    holds: list[str]


@panels.register
class MessagesPanel(Panel):
    key = "messages"
    order = 30
    label = _("Messages")
    template = "campaigns/panels/messages.html"
    permission = "channels.view_delivery"

    def context(self, customer: Customer, reader: User, at: datetime) -> dict[str, Any] | None:
        rows = list(Delivery.objects.filter(customer=customer).order_by("-pk")[: NEWEST + 1])
        found = Campaign.objects.filter(message__in={row.message_id for row in rows})
        campaigns = {campaign.message_id: campaign for campaign in found}
        waiting = [row.pk for row in rows if row.state == Delivery.State.PLANNED][:EXPLAINED]
        holds = {pk: _holds(pk, at) for pk in waiting}
        lines = [_line(row, campaigns.get(row.message_id), holds.get(row.pk, [])) for row in rows[:NEWEST]]
        may_open = reader.has_perm("campaigns.view_campaign")
        return {"lines": lines, "more": len(rows) > NEWEST, "may_open": may_open}


def _line(row: Delivery, campaign: Campaign | None, holds: list[str]) -> Line:
    waits = row.state == Delivery.State.PLANNED
    return Line(
        campaign.name if campaign else str(_("Service message")),
        reverse("campaign", args=[campaign.pk]) if campaign else "",
        words.outcome(row.state, row.reason),
        words.mend(row.state, row.reason),
        words.OUTCOMES[row.state][1],
        row.due_at if waits else row.called_at or row.ended_at,
        waits,
        holds,
    )


def _holds(delivery_id: int, at: datetime) -> list[str]:
    """Every gate that would stop it at this moment, in words; the same gates as in sending."""
    answers = explain.explain(delivery_id, at)
    return [
        str(words.reason(answer.verdict.reason).label)
        for answer in answers
        if answer.verdict.act is not Act.SEND
    ]
