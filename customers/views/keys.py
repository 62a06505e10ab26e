"""API keys: the list, a new one, and the page of one with what it brought."""

from datetime import date, timedelta
from typing import Any, cast

import django_filters as filters
import django_tables2 as tables
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from config import formats
from config.pages import confirm
from config.pages.columns import BadgeColumn, MomentColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Bar, Empty
from config.pages.tables import ListTable
from customers.forms.keys import LABELS, KeyForm
from customers.models import ApiKey, InboxBatch, IngestCount, User
from customers.tracking import inbox, keys, snippets

PERMISSION = "customers.change_apikey"
DAYS = 30
SCRIPT = "sdk/stammkunde.js"  # by its lasting name: what a shop has copied stays right
STATES = {
    "works": gettext_lazy("works"),
    "ending": gettext_lazy("is being replaced"),
    "ended": gettext_lazy("has ended"),
    "revoked": gettext_lazy("revoked"),
}


def state_of(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is None:
        return "works"
    return "ending" if keys.works(key, timezone.now()) else "ended"


class KeyTable(ListTable):
    name = tables.Column()
    kind = tables.Column()
    source = tables.Column()
    prefix = tables.Column(orderable=False)
    state = BadgeColumn(
        accessor="pk",
        verbose_name=gettext_lazy("State"),
        tones={"works": "good", "ending": "wait"},
        labels=STATES,
        orderable=False,
    )
    last_used_at = MomentColumn()
    created_at = MomentColumn()

    class Meta:
        model = ApiKey
        fields = ["name", "kind", "source", "prefix", "state", "last_used_at", "created_at"]
        order_by = "-created_at"

    def render_prefix(self, value: str, record: ApiKey) -> str:
        return keys.public(record) or f"{value}…"

    def render_state(self, record: ApiKey) -> str:
        column = self.columns["state"]
        return cast(BadgeColumn, column.column).render(state_of(record), record, column)

    def value_state(self, record: ApiKey) -> str:
        return str(STATES[state_of(record)])


class KeyFilter(filters.FilterSet):  # type: ignore[misc]
    kind = filters.ChoiceFilter(choices=ApiKey.Kind.choices, empty_label=gettext_lazy("any"))

    class Meta:
        model = ApiKey
        fields = ["kind"]


class KeyList(ListPage):
    key = "keys"
    title = gettext_lazy("API keys")
    permission = PERMISSION
    table_class = KeyTable
    filter_class = KeyFilter
    search_help = gettext_lazy("Name, source or beginning of the key")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        text = gettext_lazy(
            "With a key your shop, its pages and your tills tell what customers do, as it happens."
        )
        return Empty(gettext_lazy("No key yet"), text, "key", self.primary())

    def rows(self) -> QuerySet[ApiKey]:
        return ApiKey.objects.all()

    def search(self, rows: QuerySet[ApiKey], text: str) -> QuerySet[ApiKey]:
        return rows.filter(Q(name__icontains=text) | Q(source__icontains=text) | Q(prefix__startswith=text))

    def row_url(self, record: ApiKey) -> str:
        return reverse("key", args=[record.pk])

    def primary(self) -> Action:
        return Action(gettext_lazy("Make a key"), reverse("key_create"), "plus")


@login_required
@permission_required(PERMISSION, raise_exception=True)
def key_create(request: HttpRequest) -> HttpResponse:
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        key = form.key()
        return _show(request, key, keys.make(key, _user(request), timezone.now()))
    return render(request, "customers/keys/create.html", {"form": form, "title": _("Make a key")})


@login_required
@permission_required(PERMISSION, raise_exception=True)
def key(request: HttpRequest, key_id: int) -> HttpResponse:
    return _show(request, get_object_or_404(ApiKey, pk=key_id), "")


@login_required
@permission_required(PERMISSION, raise_exception=True)
def key_rotate(request: HttpRequest, key_id: int) -> HttpResponse:
    old = get_object_or_404(ApiKey, pk=key_id, revoked_at=None)
    newer = keys.replacement(old)
    if request.method == "POST":
        newer, secret = keys.rotate(old, _user(request), timezone.now())
        if secret:
            return _show(request, newer, secret)
    if newer is not None:
        messages.info(request, _("That key has been replaced already, by this one."))
        return redirect("key", key_id=newer.pk)
    text = _("A new key takes its place. The old one works on for %s days, so that nothing stops meanwhile.")
    return confirm.ask(
        request,
        _("Replace the key “%s”") % old.name,
        text % keys.OVERLAP.days,
        _("Make a new key"),
        reverse("key", args=[old.pk]),
        danger=False,
    )


@login_required
@permission_required(PERMISSION, raise_exception=True)
def key_revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    found = get_object_or_404(ApiKey, pk=key_id)
    if request.method == "POST":
        keys.revoke(found, _user(request), timezone.now())
        messages.success(request, _("The key “%s” is revoked.") % found.name)
        return redirect("key_list")
    return confirm.ask(
        request,
        _("Revoke the key “%s”") % found.name,
        _(
            "Whatever uses it is refused from this moment on. That cannot be taken back; a new key can be made."
        ),
        _("Revoke key"),
        reverse("key", args=[found.pk]),
    )


@require_POST
@login_required
@permission_required(PERMISSION, raise_exception=True)
def key_retry(request: HttpRequest, key_id: int) -> HttpResponse:
    """Try the messages again that could not be recorded."""
    found = get_object_or_404(ApiKey, pk=key_id)
    inbox.retry(InboxBatch.objects.filter(key=found, parked=True))
    messages.success(request, _("They are tried again within a few seconds."))
    return redirect("key", key_id=found.pk)


@login_required
@permission_required(PERMISSION, raise_exception=True)
def key_discard(request: HttpRequest, key_id: int) -> HttpResponse:
    """GET asks, POST does."""
    found = get_object_or_404(ApiKey, pk=key_id)
    if request.method == "POST":
        inbox.discard(found, _user(request), timezone.now())
        messages.success(request, _("They are discarded."))
        return redirect("key", key_id=found.pk)
    return confirm.ask(
        request,
        _("Discard what could not be recorded?"),
        _("The messages are deleted and cannot be brought back."),
        _("Discard"),
        reverse("key", args=[found.pk]),
    )


def _show(request: HttpRequest, found: ApiKey, secret: str) -> HttpResponse:
    since = (timezone.now() - timedelta(days=DAYS)).date()  # UTC, as they are counted
    counts = IngestCount.objects.filter(key=found, day__gt=since)
    context = {
        "key": found,
        "title": found.name,
        "secret": "" if keys.public(found) else secret,
        "public": keys.public(found),
        "snippet": _snippet(found),
        "start_file": snippets.START_FILE,
        "may": [LABELS.get(scope, scope) for scope in found.scopes],
        "state": state_of(found),
        "state_label": STATES[state_of(found)],
        "tone": {"works": "good", "ending": "wait"}.get(state_of(found), "calm"),
        "identity_secret": keys.identity_secret(found) if found.kind == ApiKey.Kind.BROWSER else "",
        "address": f"{settings.PUBLIC_URL}/api",
        "days": _days(counts),
        "fates": list(counts.values("what", "fate").annotate(total=Sum("count")).order_by("-total")[:60]),
        "faults": list(
            InboxBatch.objects.filter(key=found, parked=True)
            .order_by("-id")
            .values("received_at", "fault")[:20]
        ),
        "parked": InboxBatch.objects.filter(key=found, parked=True).aggregate(n=Sum("messages"))["n"],
    }
    return render(request, "customers/keys/key.html", context)


def _snippet(found: ApiKey) -> snippets.Snippet | None:
    public = keys.public(found)
    host = settings.PUBLIC_URL
    return snippets.of(public, host, f"{host}{settings.STATIC_URL}{SCRIPT}") if public else None


def _days(counts: QuerySet[IngestCount]) -> list[Bar]:
    """Messages recorded a day, newest first; days without any are left out. The order and the question whether she
    wants messages, which one message may bring along, are counted beside it."""
    recorded: dict[date, Any] = dict(
        counts.filter(fate="recorded")
        .exclude(what__in=("order", "consent"))
        .values_list("day")
        .annotate(total=Sum("count"))
        .order_by("-day")
    )
    return [Bar(formats.day(day), total, formats.number(total)) for day, total in recorded.items()]


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
