"""What campaigns say on the page of today: what waits for the reader, what runs, what came of the last ones."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import alarms, approval
from campaigns.models import Campaign, Occurrence
from campaigns.reports import figures
from channels.delivery import progress
from channels.delivery.progress import Progress
from config import formats
from config.pages.parts import Tone
from config.pages.today import Panel, panels
from customers.models import Shop, User

SHOWN = 5
LATELY = timedelta(days=30)


class Line(NamedTuple):
    """One campaign: its name, what to know about it, and the button that follows from it."""

    name: str
    note: str
    badge: str
    tone: Tone
    url: str
    button: str = ""


class CampaignPanel(Panel):
    permission = "campaigns.view_campaign"
    title: str

    def lines(self, user: User, at: datetime) -> Iterator[Line]:
        raise NotImplementedError

    def heading(self) -> str:
        raise NotImplementedError

    def render(self, request: HttpRequest) -> str:
        found = list(self.lines(cast(User, request.user), timezone.now()))
        if not found:
            return ""
        context = {"key": self.key, "title": self.heading(), "lines": found}
        return render_to_string("components/_today_lines.html", context, request)


@panels.register
class Waiting(CampaignPanel):
    key = "campaigns_waiting"
    order = 10

    def heading(self) -> str:
        return _("Waits for you")

    def lines(self, user: User, at: datetime) -> Iterator[Line]:
        if user.has_perm(approval.APPROVE):
            yield from self._to_approve(user)
        if user.has_perm(approval.LAUNCH):
            yield from self._late()
            yield from self._given_back(user)

    def _to_approve(self, user: User) -> Iterator[Line]:
        asked = Campaign.objects.filter(state=Campaign.State.WAITING).exclude(created_by=user)
        for campaign in asked.order_by("updated_at")[:SHOWN]:
            request = approval.open_request(campaign)
            if request is not None and request.asked_by_id != user.pk:
                note = _("%(who)s asks for your approval.") % {"who": request.asked_by}
                url = reverse("campaign_review", args=[campaign.pk])
                yield Line(campaign.name, note, _("Approval"), "wait", url, _("Look at it"))

    def _late(self) -> Iterator[Line]:
        late = Occurrence.objects.filter(state=Occurrence.State.LATE).select_related("campaign")
        for run in late[:SHOWN]:
            note = _("It should have begun at %(time)s.") % {"time": formats.moment(run.due_at)}
            url = reverse("campaign_running", args=[run.campaign_id])
            yield Line(run.campaign.name, note, _("too late"), "bad", url, _("Decide"))

    def _given_back(self, user: User) -> Iterator[Line]:
        mine = Campaign.objects.filter(state=Campaign.State.DRAFT, created_by=user)
        for campaign in mine.filter(approvals__refused_at__isnull=False).distinct()[:SHOWN]:
            last = campaign.approvals.select_related("approved_by").latest("asked_at")
            if last.refused_at is not None:
                note = f"{last.approved_by}: {last.note}"
                url = reverse("campaign_review", args=[campaign.pk])
                yield Line(campaign.name, note, _("given back"), "wait", url, _("Mend"))


@panels.register
class Running(CampaignPanel):
    key = "campaigns_running"
    order = 20

    def heading(self) -> str:
        return _("On its way")

    def lines(self, user: User, at: datetime) -> Iterator[Line]:
        unfinished = [Occurrence.State.WAITING, Occurrence.State.PLANNING, Occurrence.State.SENDING]
        runs = Occurrence.objects.filter(state__in=unfinished).exclude(campaign__state=Campaign.State.WAITING)
        for run in self._whole(runs).order_by("due_at")[:SHOWN]:
            yield self._line(run, at)

    def _line(self, run: Occurrence, at: datetime) -> Line:
        campaign = run.campaign
        how_far = progress.of(run.version.message_id, run.pk, at)
        wrong = alarms.of(campaign, run, how_far, at)
        url = reverse("campaign_running", args=[campaign.pk])
        badge = str(campaign.get_state_display())
        if wrong:
            return Line(campaign.name, wrong[0].cause, badge, wrong[0].tone, url, _("Look at it"))
        return Line(campaign.name, self._note(run, how_far), badge, "info", url)

    def _note(self, run: Occurrence, how_far: Progress) -> str:
        if run.started_at is None:
            return formats.moment(run.due_at)
        told = {
            "done": formats.number(how_far.people - how_far.open),
            "total": formats.number(max(how_far.people, run.audience or 0)),
        }
        return _("%(done)s of %(total)s done") % told

    def _whole(self, runs: QuerySet[Occurrence]) -> QuerySet[Occurrence]:
        return runs.select_related("campaign__message", "version__account")


@panels.register
class Results(CampaignPanel):
    key = "campaigns_results"
    order = 40

    def heading(self) -> str:
        return _("What came of the last campaigns")

    def lines(self, user: User, at: datetime) -> Iterator[Line]:
        over = Occurrence.objects.filter(state=Occurrence.State.FINISHED, finished_at__gt=at - LATELY)
        currency = Shop.current().currency or "EUR"
        for run in over.select_related("campaign", "version").order_by("-finished_at")[:SHOWN]:
            sent = figures.people(run, "sent").count()
            money = figures.money_by_language(run).values()
            note = self._note(sent, sum(part.orders for part in money))
            net = sum(part.net for part in money)
            url = reverse("campaign_report", args=[run.campaign_id])
            tone: Tone = "good" if net > 0 else "calm"
            yield Line(run.campaign.name, note, formats.money(net, currency), tone, url)

    def _note(self, sent: int, orders: int) -> str:
        people = ngettext("Sent to %(count)s person", "Sent to %(count)s people", sent)
        bought = ngettext("%(count)s order", "%(count)s orders", orders)
        return f"{people % {'count': formats.number(sent)}}, {bought % {'count': formats.number(orders)}}"
