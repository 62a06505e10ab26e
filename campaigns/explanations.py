"""Why she got a campaign, or did not: by her delivery where there is one, else by what the sender would say now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from campaigns import audience, words
from campaigns.models import Campaign, Occurrence
from campaigns.words import Reason
from channels.arbiter import explain
from channels.arbiter.explain import Answer
from channels.arbiter.rows import Act
from channels.delivery import dry_runs
from channels.models import Delivery
from config.pages.parts import Text, Tone
from customers.models import Customer
from customers.segments import standing

MOST = 5


@dataclass(frozen=True)
class Explanation:
    """`at` is when it was sent or ended, None where there is no such time; `reasons` say what is behind it."""

    campaign: Campaign
    outcome: Text
    tone: Tone
    sentence: str
    reasons: Sequence[Reason] = ()
    at: datetime | None = None


def about(customer: Customer, text: str, at: datetime) -> list[Explanation]:
    """Of the newest campaigns with such a name, a few; without a text of the newest ones."""
    found = Campaign.objects.select_related("message", "segment").filter(name__icontains=text)
    campaigns = list(found.order_by("-updated_at", "-pk")[:MOST])
    runs = {run.campaign_id: run for run in _runs(campaigns)}
    deliveries = {row.message_id: row for row in _deliveries(customer, campaigns)}
    return [
        _delivered(campaign, delivery, at)
        if (delivery := deliveries.get(campaign.message_id))
        else _undelivered(campaign, runs.get(campaign.pk), customer, at)
        for campaign in campaigns
    ]


def _runs(campaigns: Sequence[Campaign]) -> Iterable[Occurrence]:
    """The last one of each counts."""
    return Occurrence.objects.filter(campaign__in=campaigns).select_related("version__message").order_by("pk")


def _deliveries(customer: Customer, campaigns: Sequence[Campaign]) -> Iterable[Delivery]:
    """The last attempt of the last run of each counts."""
    rows = Delivery.objects.filter(customer=customer, message__in=[each.message_id for each in campaigns])
    return rows.order_by("occurrence", "attempt")


def _delivered(campaign: Campaign, row: Delivery, at: datetime) -> Explanation:
    label, tone = words.OUTCOMES[row.state]
    reasons = [words.reason(row.reason, row.state)] if row.reason else []
    if row.state == Delivery.State.PLANNED:
        reasons = _against(campaign, explain.explain(row.pk, at)) or reasons
        return Explanation(campaign, label, tone, _("It waits for its turn."), reasons, row.due_at)
    if row.called_at is not None:
        return Explanation(campaign, label, tone, _("It was given to the provider."), reasons, row.called_at)
    return Explanation(campaign, label, tone, _("It was never given to the provider."), reasons, row.ended_at)


def _undelivered(campaign: Campaign, run: Occurrence | None, customer: Customer, at: datetime) -> Explanation:
    """Without a row she was not in the audience when it was planned, or that is still to come."""
    over = run is not None and run.state in (Occurrence.State.FINISHED, Occurrence.State.SENDING)
    outcome = _("did not get it") if over else _("has not gone out")
    frozen = run.rule if run else audience.rule(campaign)
    stands = standing.of(customer.pk, frozen["rule"], frozen["exclusions"], at)
    if not stands.belongs:
        return Explanation(campaign, outcome, "calm", _place(stands, over=over))
    what = run.version if run else campaign.message
    reasons = _against(campaign, dry_runs.explain(what, customer.pk, run.pk if run else 0, at))
    if over:
        sentence = _("Not in the audience when the campaign was planned, but would be now.")
    else:
        sentence = _("In the audience, as things stand now.")
    if not reasons:
        sentence += " " + _("Nothing is against sending.")
    return Explanation(campaign, outcome, "calm", sentence, reasons)


def _place(stands: standing.Standing, *, over: bool) -> str:
    if stands.broken:
        return _("The rule of the audience has a fault, so nobody belongs to it.")
    if stands.within:
        return _("In the audience's segment, but held back by an exclusion.")
    if over:
        return _("Not in the audience when the campaign was planned, and not now either.")
    return _("Not in the audience, as things stand now.")


def _against(campaign: Campaign, answers: Iterable[Answer]) -> list[Reason]:
    """Everything that is against sending, not only the first."""
    found = [
        words.reason(each.verdict.reason, of=campaign) for each in answers if each.verdict.act is not Act.SEND
    ]
    return list(dict.fromkeys(found))
