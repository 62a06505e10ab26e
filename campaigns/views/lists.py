"""The list of campaigns, and what begins or ends there."""

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from campaigns import drafts, words
from campaigns.forms.builder import NameForm
from campaigns.models import Attribution, Campaign, Occurrence
from campaigns.refusals import Refused
from campaigns.reports import recent
from campaigns.reports.recent import Course
from campaigns.views.common import CHANGE, VIEW, get, reader, told
from config import formats
from config.pages import confirm
from config.pages.columns import BadgeColumn, MomentColumn, NumberColumn
from config.pages.listing import BulkAction, ListPage
from config.pages.parts import Action, Empty, Figure, Tone
from config.pages.tables import ListTable
from customers.models import Shop

LAST_RUN = Occurrence.objects.filter(campaign=OuterRef("pk")).order_by("-pk")
ORDERED = (
    Attribution.objects.filter(campaign=OuterRef("pk")).values("campaign").annotate(n=Count("pk")).values("n")
)


class CampaignTable(ListTable):
    name = tables.Column(verbose_name=gettext_lazy("Name"))
    state = BadgeColumn(verbose_name=gettext_lazy("State"), tones=words.CAMPAIGN_TONES)
    segment = tables.Column(verbose_name=gettext_lazy("Audience"), accessor="segment__name", orderable=False)
    due_at = MomentColumn(verbose_name=gettext_lazy("When"), accessor="due_at")
    people = NumberColumn(verbose_name=gettext_lazy("People"), accessor="people")
    ordered = NumberColumn(verbose_name=gettext_lazy("Orders"), accessor="ordered")
    updated_at = MomentColumn(verbose_name=gettext_lazy("Changed"))

    class Meta:
        model = Campaign
        fields = ["name", "state", "segment", "due_at", "people", "ordered", "updated_at"]
        order_by = "-updated_at"


class CampaignFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.ChoiceFilter(
        label=gettext_lazy("State"), choices=Campaign.State.choices, empty_label=gettext_lazy("any")
    )


def duplicate_all(request: HttpRequest, rows: QuerySet[Campaign]) -> None:
    copies = [drafts.duplicate(each, reader(request)) for each in rows.order_by("pk")]
    sentence = ngettext("%(n)s copy made, as a draft.", "%(n)s copies made, as drafts.", len(copies))
    messages.success(request, sentence % {"n": len(copies)})


def delete_all(request: HttpRequest, rows: QuerySet[Campaign]) -> None:
    deleted, kept = 0, 0
    for each in rows.order_by("pk"):
        try:
            drafts.delete(each.pk, reader(request), timezone.now())
            deleted += 1
        except Refused:
            kept += 1
    if kept:
        messages.warning(request, _("%(n)s campaigns were launched once and stay.") % {"n": kept})
    if deleted:
        sentence = ngettext("%(n)s draft deleted.", "%(n)s drafts deleted.", deleted)
        messages.success(request, sentence % {"n": deleted})


def _running() -> Figure:
    states = dict(Campaign.objects.values_list("state").annotate(n=Count("pk")).order_by())
    running, planned = states.get(Campaign.State.RUNNING, 0), states.get(Campaign.State.SCHEDULED, 0)
    note = _("%(n)s scheduled") % {"n": formats.number(planned)} if planned else ""
    url = f"{reverse('campaign_list')}?state={Campaign.State.RUNNING}"
    return Figure(_("Running now"), formats.number(running), note=note, url=url)


def _of_month(label: str, value: str, course: Course, tone: Tone = "calm") -> Figure:
    """Beside the 30 days before, where there was anything."""
    spark = course.course if any(course.course) else ()
    if course.before <= 0:
        return Figure(label, value, spark=spark)
    share = (course.total - course.before) / course.before
    change = formats.sign(share) + formats.percent(abs(share), 0)
    return Figure(label, value, change, tone, _("to the 30 days before"), spark)


def _tone(course: Course) -> Tone:
    return "good" if course.total > course.before else "bad" if course.total < course.before else "calm"


class CampaignList(ListPage):
    key = "campaigns"
    title = gettext_lazy("Campaigns")
    permission = VIEW
    table_class = CampaignTable
    filter_class = CampaignFilter
    search_help = gettext_lazy("Name of the campaign or its audience")
    bulk_actions = (
        BulkAction(
            "duplicate", gettext_lazy("Duplicate"), duplicate_all, "copy", permission="campaigns.add_campaign"
        ),
        BulkAction(
            "delete",
            gettext_lazy("Delete drafts"),
            delete_all,
            "trash",
            question=gettext_lazy("Drafts are deleted with their content. What was ever launched stays."),
            permission="campaigns.delete_campaign",
            danger=True,
        ),
    )

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("No campaigns yet"),
            gettext_lazy("A campaign sends one message to one audience and tells what came of it."),
            "speakerphone",
            self.primary(),
        )

    def figures(self) -> list[Figure]:
        """Of the last 30 days, once anything has run."""
        if not Occurrence.objects.exists():
            return []
        found, currency = recent.of(timezone.now()), Shop.current().currency or "EUR"
        revenue = formats.money(found.revenue.total, currency)
        return [
            _running(),
            _of_month(_("Started in 30 days"), formats.number(found.runs.total), found.runs),
            _of_month(_("People in their audiences"), formats.number(found.people.total), found.people),
            _of_month(_("Revenue in 30 days, net"), revenue, found.revenue, _tone(found.revenue)),
        ]

    def rows(self) -> QuerySet[Campaign]:
        runs = {name: Subquery(LAST_RUN.values(name)[:1]) for name in ("due_at", "audience")}
        orders = Coalesce(Subquery(ORDERED, output_field=IntegerField()), 0)
        rows = Campaign.objects.select_related("segment").annotate(
            due_at=runs["due_at"], people=runs["audience"]
        )
        return rows.annotate(ordered=Case(When(people__isnull=False, then=orders)))

    def search(self, rows: QuerySet[Campaign], text: str) -> QuerySet[Campaign]:
        by_segment = Campaign.objects.filter(pk=OuterRef("pk"), segment__name__icontains=text)
        return rows.filter(name__icontains=text) | rows.filter(Exists(by_segment))

    def row_url(self, record: Campaign) -> str:
        return reverse("campaign", args=[record.pk])

    def primary(self) -> Action | None:
        if not self.request.user.has_perm("campaigns.add_campaign"):
            return None
        return Action(gettext_lazy("New campaign"), reverse("campaign_create"), "plus")


@login_required
@permission_required("campaigns.add_campaign", raise_exception=True)
def campaign_create(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        campaign = drafts.create(form.cleaned_data["name"], reader(request))
        return redirect("campaign_audience", campaign.pk)
    return render(request, "campaigns/campaign_create.html", {"form": form, "title": _("New campaign")})


@login_required
@permission_required("campaigns.add_campaign", raise_exception=True)
@require_POST
def campaign_duplicate(request: HttpRequest, campaign_id: int) -> HttpResponse:
    copy = drafts.duplicate(get(campaign_id), reader(request))
    messages.success(request, _("This is the copy. It is a draft and starts only when it is launched."))
    return redirect("campaign_audience", copy.pk)


@login_required
@permission_required("campaigns.delete_campaign", raise_exception=True)
def campaign_delete(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """GET asks, POST does."""
    campaign = get(campaign_id)
    back = reverse("campaign", args=[campaign_id])
    if request.method != "POST":
        question = _("The draft “%(name)s” is deleted with its content.") % {"name": campaign.name}
        return confirm.ask(request, _("Delete this draft?"), question, _("Delete"), back)
    try:
        drafts.delete(campaign_id, reader(request), timezone.now())
    except Refused as refused:
        return told(request, refused, back)
    messages.success(request, _("The draft “%(name)s” is deleted.") % {"name": campaign.name})
    return redirect("campaign_list")


@login_required
@permission_required(VIEW, raise_exception=True)
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Where a campaign is worked on: its builder, its review, or its running page."""
    found = get(campaign_id)
    if not drafts.is_draft(found):
        return redirect("campaign_running", found.pk)
    begin = found.state == Campaign.State.DRAFT and found.segment_id is None
    if begin and request.user.has_perm(CHANGE):
        return redirect("campaign_audience", found.pk)
    return redirect("campaign_review", found.pk)
