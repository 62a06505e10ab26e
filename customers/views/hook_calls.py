"""The calls of a webhook: what was told, what came of it, and once more."""

import json
from typing import Any, cast
from uuid import UUID

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from config import formats
from config.pages.columns import BadgeColumn, MomentColumn, NumberColumn
from config.pages.listing import BulkAction, ListPage
from config.pages.parts import Empty
from config.pages.tables import ListTable
from customers.hooks import kinds, managing, words
from customers.models import Hook, HookCall, User
from customers.views.hooks import PERMISSION

MOST_AGAIN = 10_000


class CallTable(ListTable):
    kind = tables.Column(orderable=False)
    created_at = MomentColumn(order_by=("pk",))
    state = BadgeColumn(
        accessor="pk",
        verbose_name=gettext_lazy("State"),
        tones=words.CALL_TONES,
        labels=words.CALL_STATES,
        orderable=False,
    )
    attempts = NumberColumn(orderable=False)
    status = tables.Column(verbose_name=gettext_lazy("Last answer"), orderable=False, empty_values=())
    due_at = MomentColumn(verbose_name=gettext_lazy("Next attempt"), orderable=False)

    class Meta:
        model = HookCall
        fields = ["kind", "created_at", "state", "attempts", "status", "due_at"]
        order_by = "-created_at"

    def render_kind(self, value: str) -> str:
        return words.kind(value)

    def render_state(self, record: HookCall) -> str:
        column = self.columns["state"]
        return cast(BadgeColumn, column.column).render(words.call_state(record), record, column)

    def value_state(self, record: HookCall) -> str:
        return str(words.CALL_STATES[words.call_state(record)])

    def render_status(self, record: HookCall) -> str:
        return words.outcome(record.status, record.detail) or "–"


def kind_choices() -> list[tuple[str, Any]]:
    return [(kind.key, kind.label) for kind in kinds.ordered()]


class CallFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.ChoiceFilter(
        label=gettext_lazy("State"),
        choices=list(words.CALL_STATES.items()),
        method="in_state",
        empty_label=gettext_lazy("any"),
    )
    kind = filters.ChoiceFilter(
        label=gettext_lazy("Fact"), choices=kind_choices, empty_label=gettext_lazy("any")
    )

    class Meta:
        model = HookCall
        fields = ["state", "kind"]

    def in_state(self, rows: QuerySet[HookCall], name: str, value: str) -> QuerySet[HookCall]:
        if value == "delivered":
            return rows.filter(delivered_at__isnull=False)
        return rows.filter(delivered_at=None, due_at__isnull=value == "given_up")


def send_again(request: HttpRequest, rows: QuerySet[HookCall]) -> None:
    chosen = list(rows.values_list("hook_id", "pk")[:MOST_AGAIN])
    found = Hook.objects.filter(pk__in={hook_id for hook_id, _pk in chosen}).first()
    ids = [pk for _hook_id, pk in chosen]
    by = cast(User, request.user)
    count = managing.send_again(found, ids, by, timezone.now()) if found else 0
    told = ngettext("%s call is sent again.", "%s calls are sent again.", count)
    messages.success(request, told % formats.number(count))


class HookCallList(ListPage):
    key = "hook_calls"
    permission = PERMISSION
    table_class = CallTable
    filter_class = CallFilter
    search_help = gettext_lazy("webhook-id")
    template = "customers/hooks/calls.html"
    bulk_actions = (
        BulkAction(
            "again",
            gettext_lazy("Send again"),
            send_again,
            "refresh",
            gettext_lazy("Under the same webhook-id: a receiver that knows it already leaves it out."),
        ),
    )

    @cached_property
    def hook(self) -> Hook:
        return get_object_or_404(Hook, pk=self.kwargs["hook_id"])

    @property
    def title(self) -> str:  # type: ignore[override]
        return _("Calls of “%s”") % self.hook.name

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        text = gettext_lazy(
            "As soon as one of its facts happens, the call and what came of it stand here for 30 days."
        )
        return Empty(gettext_lazy("Nothing was told yet"), text, "link")

    def rows(self) -> QuerySet[HookCall]:
        return HookCall.objects.filter(hook=self.hook)

    def search(self, rows: QuerySet[HookCall], text: str) -> QuerySet[HookCall]:
        try:
            return rows.filter(event=UUID(text.strip()))
        except ValueError:
            return rows.none()

    def row_url(self, record: HookCall) -> str:
        return reverse("hook_call", args=[record.hook_id, record.pk])

    def context(self) -> dict[str, Any]:
        return super().context() | {"hook": self.hook}


@login_required
@permission_required(PERMISSION, raise_exception=True)
def hook_call(request: HttpRequest, hook_id: int, call_id: int) -> HttpResponse:
    found = get_object_or_404(HookCall.objects.select_related("hook"), pk=call_id, hook=hook_id)
    state = words.call_state(found)
    context = {
        "call": found,
        "title": words.kind(found.kind),
        "state_label": words.CALL_STATES[state],
        "tone": words.CALL_TONES[state],
        "outcome": words.outcome(found.status, found.detail),
        "body": json.dumps(found.body, indent=2, ensure_ascii=False),
        "may_again": found.due_at is None and found.kind != managing.TEST,
    }
    return render(request, "customers/hooks/call.html", context)


@require_POST
@login_required
@permission_required(PERMISSION, raise_exception=True)
def hook_call_again(request: HttpRequest, hook_id: int, call_id: int) -> HttpResponse:
    found = get_object_or_404(HookCall, pk=call_id, hook=hook_id)
    send_again(request, HookCall.objects.filter(pk=found.pk))
    return redirect("hook_call", hook_id=hook_id, call_id=call_id)
