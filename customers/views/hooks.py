"""Webhooks: the list, a new one, and the page of one with what can be done with it. Its calls: `hook_calls`."""

from typing import cast
from urllib.parse import urlsplit

import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import IntegrityError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from config import vault
from config.pages import confirm
from config.pages.columns import BadgeColumn, MomentColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Empty
from config.pages.tables import ListTable
from customers.forms.hooks import TAKEN, HookForm
from customers.hooks import kinds, managing, words
from customers.models import Hook, User

PERMISSION = "customers.change_hook"
WAITING_SHOWN = 10_000


class HookTable(ListTable):
    name = tables.Column()
    url = tables.Column(orderable=False)
    kinds = tables.Column(orderable=False)
    state = BadgeColumn(
        accessor="pk",
        verbose_name=gettext_lazy("State"),
        tones=words.HOOK_TONES,
        labels=words.HOOK_STATES,
        orderable=False,
    )
    delivered_at = MomentColumn()

    class Meta:
        model = Hook
        fields = ["name", "url", "kinds", "state", "delivered_at"]
        order_by = "name"

    def render_url(self, value: str) -> str:
        """The server: paths are long, and may hold what only the receiver should know."""
        return urlsplit(value).netloc

    value_url = render_url

    def render_kinds(self, value: list[str]) -> str:
        return ", ".join(kinds.label(key) for key in value)

    value_kinds = render_kinds

    def render_state(self, record: Hook) -> str:
        column = self.columns["state"]
        return cast(BadgeColumn, column.column).render(words.state(record), record, column)

    def value_state(self, record: Hook) -> str:
        return str(words.HOOK_STATES[words.state(record)])


class HookList(ListPage):
    key = "hooks"
    title = gettext_lazy("Webhooks")
    permission = PERMISSION
    table_class = HookTable
    search_help = gettext_lazy("Name or address")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        text = gettext_lazy(
            "A webhook tells your own systems what happens here, within seconds: orders, points, coupons, consent, "
            "who enters a segment. Each call is signed."
        )
        return Empty(gettext_lazy("No webhook yet"), text, "link", self.primary())

    def rows(self) -> QuerySet[Hook]:
        return Hook.objects.all()

    def search(self, rows: QuerySet[Hook], text: str) -> QuerySet[Hook]:
        return rows.filter(Q(name__icontains=text) | Q(url__icontains=text))

    def row_url(self, record: Hook) -> str:
        return reverse("hook", args=[record.pk])

    def primary(self) -> Action:
        return Action(gettext_lazy("Add webhook"), reverse("hook_create"), "plus")


@login_required
@permission_required(PERMISSION, raise_exception=True)
def hook_create(request: HttpRequest) -> HttpResponse:
    form = HookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            secret = managing.add(form.instance, _user(request), timezone.now())
        except IntegrityError:  # somebody else was quicker
            form.add_error("name", TAKEN)
        else:
            return _show(request, form.instance, secret)
    return render(request, "customers/hooks/edit.html", {"form": form, "title": _("Add webhook")})


@login_required
@permission_required(PERMISSION, raise_exception=True)
def hook_edit(request: HttpRequest, hook_id: int) -> HttpResponse:
    found = get_object_or_404(Hook, pk=hook_id)
    name = found.name
    form = HookForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            managing.change(found, form.changed_data, _user(request), timezone.now())
        except IntegrityError:
            form.add_error("name", TAKEN)
        else:
            messages.success(request, _("Webhook “%s” saved.") % found.name)
            return redirect("hook", hook_id=found.pk)
    return render(request, "customers/hooks/edit.html", {"form": form, "hook": found, "title": name})


@login_required
@permission_required(PERMISSION, raise_exception=True)
def hook(request: HttpRequest, hook_id: int) -> HttpResponse:
    return _show(request, get_object_or_404(Hook, pk=hook_id), "")


@login_required
@permission_required(PERMISSION, raise_exception=True)
def hook_rotate(request: HttpRequest, hook_id: int) -> HttpResponse:
    """GET asks, POST does, and shows the new secret."""
    found = get_object_or_404(Hook, pk=hook_id)
    if request.method == "POST":
        secret = managing.rotate(found, _user(request), timezone.now())
        found.refresh_from_db()
        return _show(request, found, secret)
    return confirm.ask(
        request,
        _("Make a new secret for “%s”?") % found.name,
        _("For a day each call is signed with both, so that the receiver can be changed meanwhile."),
        _("Make a new secret"),
        reverse("hook", args=[found.pk]),
        danger=False,
    )


@require_POST
@login_required
@permission_required(PERMISSION, raise_exception=True)
def hook_test(request: HttpRequest, hook_id: int) -> HttpResponse:
    """Call now, and say what came of it."""
    found = get_object_or_404(Hook, pk=hook_id)
    try:
        answer = managing.test(found, _user(request), timezone.now())
    except vault.Lost:
        messages.error(request, str(words.WHY_PAUSED[Hook.Pause.SECRET]))
        return redirect("hook", hook_id=found.pk)
    said = words.outcome(answer.status, answer.detail)
    if answer.arrived:
        messages.success(request, _("The test has arrived. %s.") % said)
    else:
        messages.error(request, _("The test has not arrived. %s.") % said)
    return redirect("hook", hook_id=found.pk)


@require_POST
@login_required
@permission_required(PERMISSION, raise_exception=True)
def hook_pause(request: HttpRequest, hook_id: int) -> HttpResponse:
    found = get_object_or_404(Hook, pk=hook_id)
    managing.pause(found, _user(request), timezone.now())
    messages.success(request, _("The webhook is paused. What happens is kept for three days."))
    return redirect("hook", hook_id=found.pk)


@require_POST
@login_required
@permission_required(PERMISSION, raise_exception=True)
def hook_resume(request: HttpRequest, hook_id: int) -> HttpResponse:
    found = get_object_or_404(Hook, pk=hook_id)
    managing.resume(found, _user(request), timezone.now())
    messages.success(request, _("The webhook works again. What waits is sent now."))
    return redirect("hook", hook_id=found.pk)


@login_required
@permission_required(PERMISSION, raise_exception=True)
def hook_delete(request: HttpRequest, hook_id: int) -> HttpResponse:
    """GET asks, POST does."""
    found = get_object_or_404(Hook, pk=hook_id)
    if request.method == "POST":
        managing.delete(found, _user(request), timezone.now())
        messages.success(request, _("Webhook “%s” deleted.") % found.name)
        return redirect("hook_list")
    return confirm.ask(
        request,
        _("Delete the webhook “%s”?") % found.name,
        _("Its address is told nothing any more, also nothing of what still waits. Its calls are deleted."),
        _("Delete webhook"),
        reverse("hook", args=[found.pk]),
    )


def _show(request: HttpRequest, found: Hook, secret: str) -> HttpResponse:
    state, at = words.state(found), timezone.now()
    waiting = found.calls.filter(due_at__isnull=False)
    context = {
        "hook": found,
        "title": found.name,
        "secret": secret,
        "state": state,
        "state_label": words.HOOK_STATES[state],
        "tone": words.HOOK_TONES[state],
        "why": words.why_paused(found),
        "kinds": [(kinds.label(key), key) for key in found.kinds],
        "waiting": waiting[:WAITING_SHOWN].count(),
        "both_until": found.former_until if found.former_until and found.former_until > at else None,
    }
    return render(request, "customers/hooks/hook.html", context)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
