"""Segments: the list, deleting, and the members as a file. The editor is in `segment_editor`."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from config.pages import confirm, csv
from config.pages.columns import RIGHT, MomentColumn
from config.pages.listing import BulkAction, ListPage
from config.pages.parts import Action, Empty
from config.pages.tables import ListTable
from customers import audit
from customers.models import Customer, Segment, User
from customers.segments import compiler, drafts, membership, words
from customers.views import segment_members

CHUNK = 2000
NAMED = 5  # segments that stay, with where they are used


class SegmentTable(ListTable):
    name = tables.Column()
    sentence = tables.Column(verbose_name=gettext_lazy("Rule"), empty_values=(), orderable=False)
    members = tables.Column(
        verbose_name=gettext_lazy("Members"), empty_values=(), orderable=False, attrs=RIGHT
    )
    entered = tables.Column(
        verbose_name=gettext_lazy("Entered today"), empty_values=(), orderable=False, attrs=RIGHT
    )
    left = tables.Column(
        verbose_name=gettext_lazy("Left today"), empty_values=(), orderable=False, attrs=RIGHT
    )
    state = tables.Column(verbose_name=gettext_lazy("State"), empty_values=(), orderable=False)
    updated_at = MomentColumn()

    class Meta:
        model = Segment
        fields = ["name", "sentence", "members", "entered", "left", "state", "updated_at"]
        order_by = "name"

    def render_sentence(self, record: Segment) -> str:
        return record.description or words.sentence(record.rule)

    def value_sentence(self, record: Segment) -> str:
        return words.sentence(record.rule)

    def render_members(self, record: Segment) -> str:
        return formats.number(self._states[record.pk].size)

    def render_entered(self, record: Segment) -> str:
        return formats.number(self._states[record.pk].entered)

    def render_left(self, record: Segment) -> str:
        return formats.number(self._states[record.pk].left)

    def value_members(self, record: Segment) -> int:
        return self._states[record.pk].size

    def value_entered(self, record: Segment) -> int:
        return self._states[record.pk].entered

    def value_left(self, record: Segment) -> int:
        return self._states[record.pk].left

    def render_state(self, record: Segment) -> str:
        kind = self._states[record.pk].kind
        badge = {"label": segment_members.KINDS[kind], "tone": segment_members.KIND_TONES[kind]}
        return render_to_string("components/_badge.html", badge)

    def value_state(self, record: Segment) -> str:
        return str(segment_members.KINDS[self._states[record.pk].kind])

    @cached_property
    def _states(self) -> dict[int, membership.State]:
        """Of all segments, since there are hundreds at most."""
        return membership.states(Segment.objects.all(), timezone.now())


def delete_all(request: HttpRequest, rows: QuerySet[Segment]) -> None:
    """Those that nothing uses, or nothing but others of them: each time one is gone, the rest is tried again."""
    kept, deleted, at = list(rows.order_by("-pk")), 0, timezone.now()
    while gone := [each for each in kept if drafts.delete(each, cast(User, request.user), at)]:
        deleted += len(gone)
        kept = [each for each in kept if each not in gone]
    _tell(request, deleted, kept)


def _tell(request: HttpRequest, deleted: int, kept: list[Segment]) -> None:
    used = [(each, users) for each in kept if (users := drafts.users_of(each))]
    for each, users in used[:NAMED]:
        told = _("“%(name)s” stays. It is used by: %(users)s. Take it out there first.")
        messages.warning(request, told % {"name": each.name, "users": ", ".join(users)})
    if rest := len(used[NAMED:]):
        sentence = ngettext("%(n)s more is in use and stays.", "%(n)s more are in use and stay.", rest)
        messages.warning(request, sentence % {"n": rest})
    if deleted:
        sentence = ngettext("%(n)s segment deleted.", "%(n)s segments deleted.", deleted)
        messages.success(request, sentence % {"n": deleted})


class SegmentList(ListPage):
    key = "segments"
    title = gettext_lazy("Segments")
    permission = "customers.view_segment"
    table_class = SegmentTable
    search_help = gettext_lazy("Name or description")
    bulk_actions = (
        BulkAction(
            "delete",
            gettext_lazy("Delete segments"),
            delete_all,
            "trash",
            gettext_lazy(
                "Their rules are gone for good; customers stay as they are. What something else uses is not deleted."
            ),
            "customers.delete_segment",
            danger=True,
        ),
    )

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("No segment yet"),
            gettext_lazy(
                "A segment is a rule that says who belongs, such as regulars with a birthday next week."
            ),
            "filter",
            self.primary(),
        )

    def rows(self) -> QuerySet[Segment]:
        return Segment.objects.all()

    def search(self, rows: QuerySet[Segment], text: str) -> QuerySet[Segment]:
        return rows.filter(Q(name__icontains=text) | Q(description__icontains=text))

    def row_url(self, record: Segment) -> str:
        return reverse("segment_edit", args=[record.pk])

    def primary(self) -> Action | None:
        if not self.request.user.has_perm("customers.add_segment"):
            return None
        return Action(gettext_lazy("New segment"), reverse("segment_create"), "plus")

    def menu(self) -> list[Action]:
        return [
            Action(gettext_lazy("RFM classes"), reverse("rfm_classes"), "chart-bar"),
            Action(gettext_lazy("Fixed lists"), reverse("fixed_list_list"), "list"),
        ]


@login_required
@permission_required("customers.delete_segment", raise_exception=True)
def segment_delete(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=segment_id)
    back = reverse("segment_edit", args=[segment.pk])
    used = drafts.users_of(segment)
    if (
        request.method == "POST"
        and not used
        and drafts.delete(segment, cast(User, request.user), timezone.now())
    ):
        messages.success(request, _("Segment “%(name)s” deleted.") % {"name": segment.name})
        return redirect("segment_list")
    fault = _("It is used by: %s. Take it out there first.") % ", ".join(used) if used else ""
    return confirm.ask(
        request,
        _("Delete the segment “%(name)s”?") % {"name": segment.name},
        _("The rule is gone for good. Customers stay as they are."),
        _("Delete segment"),
        back,
        fault=fault,
    )


@login_required
@permission_required(["customers.export_segment", "customers.view_personal_data"], raise_exception=True)
def segment_export(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    """The members of the saved rule as CSV. A rule with a fault has none."""
    segment = get_object_or_404(Segment, pk=segment_id)
    now = timezone.now()
    audit.record(cast(User, request.user), "segment.exported", segment, now, revision=segment.revision)
    return csv.respond(slugify(segment.name) or "segment", _members(segment, now))


COLUMNS = [
    "id",
    "salutation",
    "title",
    "first_name",
    "last_name",
    "email",
    "phone",
    "language",
    "country",
    "postal_code",
    "city",
]


def _members(segment: Segment, at: datetime) -> Iterator[list[Any]]:
    yield [getattr(Customer._meta.get_field(name), "verbose_name", name) for name in COLUMNS]
    compiled = compiler.compile_rule(segment.rule, at)
    members = Customer.objects.filter(pk__in=RawSQL(compiled.sql, compiled.params)).order_by("pk")  # noqa: S611
    for values in members.values_list(*COLUMNS).iterator(chunk_size=CHUNK):
        yield list(values)
