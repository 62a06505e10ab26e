"""Service messages: the list, a new one, the page of one with its content, and what was asked for."""

import json
from typing import Any, cast

import django_filters as filters
import django_tables2 as tables
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import CharField, Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from channels.forms.service_messages import FrameForm, ServiceMessageForm
from channels.messages import versions
from channels.models import Delivery, Message, ServiceCall, ServiceMessage
from channels.service_messages import data, publishing
from config.pages import confirm
from config.pages.columns import BadgeColumn, MomentColumn, NumberColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Empty, Tone
from config.pages.tables import ListTable
from customers import access
from customers.models import User

VIEW, CHANGE = "channels.view_message", "channels.change_message"
STATES = {
    "draft": gettext_lazy("draft"),
    "live": gettext_lazy("published"),
    "changed": gettext_lazy("published, draft changed"),
    "off": gettext_lazy("switched off"),
}
TONES: dict[str, Tone] = {"live": "good", "changed": "info", "off": "wait"}
OUTCOMES: dict[str, Tone] = {
    "planned": "wait",
    "calling": "info",
    "accepted": "good",
    "delivered": "good",
    "withheld": "wait",
    "bounced": "bad",
    "refused": "bad",
    "render_error": "bad",
    "unknown": "wait",
}


def state_of(service: ServiceMessage) -> str:
    if service.version_id is None:
        return "draft"
    if not service.active:
        return "off"
    return "changed" if publishing.is_changed(service) else "live"


class ServiceMessageTable(ListTable):
    name = tables.Column()
    key = tables.Column()
    state = BadgeColumn(
        accessor="pk", verbose_name=gettext_lazy("State"), tones=TONES, labels=STATES, orderable=False
    )
    asked = NumberColumn(verbose_name=gettext_lazy("Asked for"))
    last = MomentColumn(verbose_name=gettext_lazy("Last asked for"))

    class Meta:
        model = ServiceMessage
        fields = ["name", "key", "state", "asked", "last"]
        order_by = "name"

    def render_state(self, record: ServiceMessage) -> str:
        column = self.columns["state"]
        return cast(BadgeColumn, column.column).render(state_of(record), record, column)

    def value_state(self, record: ServiceMessage) -> str:
        return str(STATES[state_of(record)])


class ServiceMessageList(ListPage):
    key = "service_messages"
    title = gettext_lazy("Service messages")
    permission = VIEW
    table_class = ServiceMessageTable
    search_help = gettext_lazy("Name or key")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        text = gettext_lazy(
            "Your shop and your tills ask for them by the API: order confirmations, parcels, receipts."
        )
        return Empty(gettext_lazy("No service message yet"), text, "receipt", self.primary())

    def rows(self) -> QuerySet[ServiceMessage]:
        last = ServiceCall.objects.filter(service=OuterRef("pk")).order_by("-at")
        asked = Count("calls")
        rows = ServiceMessage.objects.select_related("message__sender", "version")
        return rows.annotate(asked=asked, last=Subquery(last.values("at")[:1]))

    def search(self, rows: QuerySet[ServiceMessage], text: str) -> QuerySet[ServiceMessage]:
        return rows.filter(Q(name__icontains=text) | Q(key__icontains=text))

    def row_url(self, record: ServiceMessage) -> str:
        return reverse("service_message", args=[record.pk])

    def primary(self) -> Action | None:
        add = Action(gettext_lazy("New service message"), reverse("service_message_create"), "plus")
        return add if self.request.user.has_perm("channels.add_message") else None


@login_required
@permission_required("channels.add_message", raise_exception=True)
def service_message_create(request: HttpRequest) -> HttpResponse:
    form = ServiceMessageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        made = publishing.create(said["key"], said["name"], said["sender"], _user(request), timezone.now())
        return redirect("service_message", made.pk)
    context = {
        "form": form,
        "title": _("New service message"),
        "back": reverse("service_message_list"),
        "where": _("Service messages"),
    }
    return render(request, "channels/set_up_edit.html", context)


@login_required
@permission_required(VIEW, raise_exception=True)
def service_message(request: HttpRequest, service_id: int) -> HttpResponse:
    """The content in the editor, with sender and example beside it. POST saves those two."""
    service = _get(service_id)
    may_change = request.user.has_perm(CHANGE)
    form = FrameForm(request.POST or None, initial=_frame(service))
    if request.method == "POST" and may_change and form.is_valid():
        Message.objects.filter(pk=service.message_id).update(sender=form.cleaned_data["sender"])
        ServiceMessage.objects.filter(pk=service.pk).update(sample=form.cleaned_data["sample"])
        messages.success(request, _("Saved."))
        return redirect("service_message", service.pk)
    return _page(request, service, form)


@login_required
@permission_required(CHANGE, raise_exception=True)
@require_POST
def service_message_publish(request: HttpRequest, service_id: int) -> HttpResponse:
    service = _get(service_id)
    try:
        publishing.publish(service, _user(request), timezone.now())
    except versions.NotReady as not_ready:
        return _page(request, service, FrameForm(initial=_frame(service)), not_ready.faults)
    messages.success(request, _("Published. From now on calls get the message as it stands here."))
    return redirect("service_message", service.pk)


@login_required
@permission_required(CHANGE, raise_exception=True)
def service_message_switch(request: HttpRequest, service_id: int) -> HttpResponse:
    """Off asks first; on again does not."""
    service = _get(service_id)
    if request.method == "POST":
        publishing.switch(service, _user(request), timezone.now(), active=not service.active)
        return redirect("service_message", service.pk)
    return confirm.ask(
        request,
        _("Switch off “%s”") % service.name,
        _("The shop's calls are refused from this moment on. What it asked for before still goes out."),
        _("Switch off"),
        reverse("service_message", args=[service.pk]),
    )


class CallTable(ListTable):
    at = MomentColumn(verbose_name=gettext_lazy("Asked for at"), orderable=False)
    reference = tables.Column(orderable=False)
    customer = tables.Column(verbose_name=gettext_lazy("Name"), orderable=False)
    state = BadgeColumn(
        verbose_name=gettext_lazy("Outcome"),
        tones=OUTCOMES,
        labels=dict(Delivery.State.choices),
        orderable=False,
    )

    class Meta:
        model = ServiceCall
        fields = ["at", "reference", "customer", "state"]

    def render_customer(self, record: ServiceCall) -> str:
        return access.name_for(self.request.user, record.customer)

    value_customer = render_customer


class CallFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.ChoiceFilter(
        label=gettext_lazy("Outcome"), choices=Delivery.State.choices, empty_label=gettext_lazy("any")
    )


class CallList(ListPage):
    key = "service_calls"
    title = gettext_lazy("What was asked for")
    permission = VIEW
    template = "channels/service_calls.html"
    table_class = CallTable
    filter_class = CallFilter
    search_help = gettext_lazy("Reference, such as an order's number")
    empty = Empty(
        gettext_lazy("Nobody has asked for it yet"),
        gettext_lazy("Each call of the API stands here with what became of it."),
        "receipt",
    )

    def context(self) -> dict[str, Any]:
        return super().context() | {"service": _get(self.kwargs["service_id"])}

    def rows(self) -> QuerySet[ServiceCall]:
        tried = Delivery.objects.filter(message=OuterRef("service__message"), occurrence=OuterRef("pk"))
        last = Subquery(tried.order_by("-attempt").values("state")[:1], output_field=CharField())
        calls = ServiceCall.objects.filter(service=self.kwargs["service_id"]).annotate(state=last)
        mine = access.customers_for(cast(User, self.request.user))
        return calls.filter(customer__in=mine).select_related("customer").order_by("-at", "-pk")

    def search(self, rows: QuerySet[ServiceCall], text: str) -> QuerySet[ServiceCall]:
        return rows.filter(reference__startswith=text)

    def row_url(self, record: ServiceCall) -> str:
        return reverse("customer", args=[record.customer_id])


def _get(service_id: int) -> ServiceMessage:
    found = ServiceMessage.objects.select_related("message__sender", "version")
    return get_object_or_404(found, pk=service_id)


def _frame(service: ServiceMessage) -> dict[str, Any]:
    return {"sender": service.message.sender, "sample": service.sample}


def _page(request: HttpRequest, service: ServiceMessage, form: FrameForm, faults: Any = ()) -> HttpResponse:
    state = state_of(service)
    context = {
        "service": service,
        "title": service.name,
        "form": form,
        "faults": faults,
        "state": state,
        "state_label": STATES[state],
        "tone": TONES.get(state, "calm"),
        "may_change": request.user.has_perm(CHANGE),
        "address": f"{settings.PUBLIC_URL}/api/v1/messages/{service.key}/send",
        "body": json.dumps(
            {"to": {"customer": "K10001"}, "data": service.sample}, ensure_ascii=False, indent=2
        ),
        "missing": data.missing(service.wants, service.sample),
    }
    return render(request, "channels/service_message.html", context)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
