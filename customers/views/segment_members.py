"""What is kept of a segment's members: how many there are and were, and who entered and left."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

import django_filters as filters
import django_tables2 as tables
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from config.pages.columns import BadgeColumn, MomentColumn
from config.pages.parts import Action, Empty, Figure, Tone
from config.pages.tables import ListTable
from customers import access, finding
from customers.models import Segment, SegmentChange, Shop, User
from customers.people_lists import PeopleListPage
from customers.segments import membership
from customers.segments.membership import State

HISTORY = timedelta(days=89)
WEEK = 7
WAYS = {True: gettext_lazy("entered"), False: gettext_lazy("left")}
WAY_TONES: dict[bool, Tone] = {True: "good", False: "calm"}
CAUSES = {True: gettext_lazy("the rule changed"), False: gettext_lazy("something happened")}
KINDS = {
    "building": gettext_lazy("being built"),
    "fault": gettext_lazy("faulty rule"),
    "late": gettext_lazy("behind"),
    "current": gettext_lazy("up to date"),
}
KIND_TONES: dict[str, Tone] = {"building": "wait", "fault": "bad", "late": "wait", "current": "good"}


@login_required
@permission_required("customers.view_segment", raise_exception=True)
def segment_membership(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The part of the segment's page that asks again until the members follow the rule."""
    segment = get_object_or_404(Segment, pk=segment_id)
    return render(request, "customers/segments/_membership.html", context(segment, timezone.now()))


def context(segment: Segment, at: datetime) -> dict[str, Any]:
    state = membership.state(segment, at)
    day = Shop.day(at)
    history = membership.sizes(segment, day - HISTORY, day)
    return {
        "segment": segment,
        "state": state,
        "state_words": _state_words(state),
        "size_figures": _figures(state, history),
        "size_rows": [(on, [size]) for on, size in history] if len(history) > 1 else [],
        "size_names": [_("Members")],
    }


def _figures(state: State, history: Sequence[tuple[date, int]]) -> list[Figure]:
    number = formats.number
    known = state.as_of is not None
    return [
        Figure(
            _("Members"),
            number(state.size) if known else "–",
            change=_change(state.size, history) if known else "",
            spark=[size for _day, size in history],
        ),
        Figure(_("Entered today"), number(state.entered)),
        Figure(_("Left today"), number(state.left)),
    ]


def _change(size: int, history: Sequence[tuple[date, int]]) -> str:
    """Against a week ago, "+12 in 7 days"; empty for a segment that is younger than that."""
    if len(history) <= WEEK:
        return ""
    change = size - history[-1 - WEEK][1]
    return _("%(change)s in 7 days") % {"change": formats.sign(change) + formats.number(abs(change))}


def _state_words(state: State) -> str:
    moment = formats.moment(state.as_of) if state.as_of else ""
    if state.kind == "fault":
        return _("Nobody belongs, because the rule has a fault: %s") % state.fault
    if state.kind == "late":
        return _("These are the members of %s. Bringing them up to date takes longer than usual.") % moment
    if state.kind == "building":
        return _("The members are being put together. This takes less than a minute.")
    return _("The members are up to date, at most a minute behind.")


class ChangeTable(ListTable):
    at = MomentColumn(verbose_name=gettext_lazy("When"), order_by=("at", "pk"))
    customer = tables.Column(verbose_name=gettext_lazy("Customer"), orderable=False)
    entered = BadgeColumn(
        verbose_name=gettext_lazy("What"), tones=WAY_TONES, labels=WAYS, orderable=False, empty_values=()
    )
    by_rule = tables.Column(verbose_name=gettext_lazy("Why"), orderable=False, empty_values=())

    class Meta:
        model = SegmentChange
        fields = ["at", "customer", "entered", "by_rule"]
        order_by = "-at"

    def render_customer(self, record: SegmentChange) -> str:
        if record.customer.erased_at is not None:
            return _("erased")
        return access.name_for(cast(User, self.request.user), record.customer)

    def render_by_rule(self, value: bool) -> str:
        return str(CAUSES[value])

    value_customer, value_by_rule = render_customer, render_by_rule


class ChangeFilter(filters.FilterSet):  # type: ignore[misc]
    entered = filters.ChoiceFilter(
        choices=[("True", WAYS[True]), ("False", WAYS[False])],
        label=gettext_lazy("What"),
        empty_label=gettext_lazy("both"),
    )
    by_rule = filters.ChoiceFilter(
        choices=[("False", CAUSES[False]), ("True", CAUSES[True])],
        label=gettext_lazy("Why"),
        empty_label=gettext_lazy("either"),
    )
    at = filters.DateFromToRangeFilter(label=gettext_lazy("When"))

    class Meta:
        model = SegmentChange
        fields = ["entered", "by_rule", "at"]


class SegmentChangeList(PeopleListPage):
    key = "segment_changes"
    permission = "customers.view_segment"
    table_class = ChangeTable
    filter_class = ChangeFilter
    search_help = gettext_lazy("Name, e-mail, phone, customer or order number")
    empty = Empty(
        gettext_lazy("Nobody has entered or left yet"),
        gettext_lazy("Whoever enters or leaves this segment is written down here within a minute."),
        "history",
    )

    @property
    def title(self) -> str:  # type: ignore[override]
        return _("Entered and left: %s") % self.segment.name

    @cached_property
    def segment(self) -> Segment:
        return get_object_or_404(Segment, pk=self.kwargs["segment_id"])

    def rows(self) -> QuerySet[SegmentChange]:
        """Of people whom this reader may see."""
        reader = cast(User, self.request.user)
        rows = SegmentChange.objects.filter(segment=self.segment).select_related("customer")
        if reader.has_perm("customers.view_every_store"):
            return rows
        return rows.filter(customer__in=access.customers_for(reader).values("pk"))

    def search(self, rows: QuerySet[SegmentChange], text: str) -> QuerySet[SegmentChange]:
        return finding.about(rows, text, names=access.sees_names(cast(User, self.request.user)))

    def row_url(self, record: SegmentChange) -> str:
        gone = record.customer.erased_at is not None or record.customer.merged_into_id is not None
        return "" if gone else reverse("customer", args=[record.customer_id])

    def menu(self) -> list[Action]:
        return [Action(_("Segment"), reverse("segment_edit", args=[self.segment.pk]), "filter")]
