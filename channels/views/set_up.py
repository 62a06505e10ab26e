"""Topics and senders."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, cast

import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.forms import BaseModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from channels import backends
from channels.domains import health
from channels.domains.findings import State
from channels.domains.words import LABELS, TONES
from channels.forms.set_up import SenderForm, TopicForm
from channels.models import Sender, Topic
from config.pages.listing import ListPage
from config.pages.parts import Action, Empty
from config.pages.tables import ListTable
from customers import audit
from customers.models import User


class TopicTable(ListTable):
    names = tables.Column(verbose_name=gettext_lazy("Name"), orderable=False)
    key = tables.Column(orderable=False)
    position = tables.Column(orderable=False)

    def render_names(self, record: Topic) -> str:
        return record.name_in(get_language() or "en")

    value_names = render_names


class TopicList(ListPage):
    key = "topics"
    title = gettext_lazy("Topics")
    permission = "channels.view_topic"
    table_class = TopicTable
    search_help = gettext_lazy("Name or key")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("No topic yet"),
            gettext_lazy("A topic is what customers say yes or no to, such as a newsletter or invitations."),
            "tags",
            self.primary(),
        )

    def rows(self) -> QuerySet[Topic]:
        return Topic.objects.all()

    def search(self, rows: QuerySet[Topic], text: str) -> QuerySet[Topic]:
        return rows.alias(words=Cast("names", TextField())).filter(
            Q(key__icontains=text) | Q(words__icontains=text)
        )

    def row_url(self, record: Topic) -> str:
        return reverse("topic_edit", args=[record.pk]) if self._may("channels.change_topic") else ""

    def primary(self) -> Action | None:
        add = Action(gettext_lazy("Add topic"), reverse("topic_create"), "plus")
        return add if self._may("channels.add_topic") else None

    def menu(self) -> list[Action]:
        return [Action(gettext_lazy("Open the sign-up page"), reverse("sign_up"), "external-link")]

    def _may(self, permission: str) -> bool:
        return self.request.user.has_perm(permission)


@login_required
@permission_required("channels.add_topic", raise_exception=True)
def topic_create(request: HttpRequest) -> HttpResponse:
    return edit(request, TopicForm, Topic(), _("Add topic"), "topic_list", gettext_lazy("Topics"))


@login_required
@permission_required("channels.change_topic", raise_exception=True)
def topic_edit(request: HttpRequest, topic_id: int) -> HttpResponse:
    topic = get_object_or_404(Topic, pk=topic_id)
    name = topic.name_in(get_language() or "en")
    return edit(request, TopicForm, topic, name, "topic_list", gettext_lazy("Topics"))


class SenderTable(ListTable):
    name = tables.Column(orderable=False)
    email = tables.Column(orderable=False)
    reply_to = tables.Column(orderable=False)
    account = tables.Column(orderable=False)
    domain = tables.Column(accessor="email", verbose_name=gettext_lazy("Domain"), orderable=False)

    @cached_property
    def _states(self) -> dict[str, State]:
        return health.states()

    def render_domain(self, record: Sender) -> str:
        """Whether mailboxes will believe it; what only the sandbox shows needs no proof."""
        name = health.domain_of(record.email)
        if record.account.backend in backends.unsent():
            return name
        state = self._states.get(name, State.UNKNOWN)
        context = {"name": name, "label": LABELS[state], "tone": TONES[state]}
        return render_to_string("channels/_sender_domain.html", context)

    def value_domain(self, record: Sender) -> str:
        return health.domain_of(record.email)


class SenderList(ListPage):
    key = "senders"
    title = gettext_lazy("Senders")
    permission = "channels.view_sender"
    table_class = SenderTable
    search_help = gettext_lazy("Name or address")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("No sender yet"),
            gettext_lazy(
                "A sender is who a message is from: a name, an address, and the provider behind it."
            ),
            "send",
            self.primary(),
        )

    def rows(self) -> QuerySet[Sender]:
        return Sender.objects.select_related("account")

    def search(self, rows: QuerySet[Sender], text: str) -> QuerySet[Sender]:
        return rows.filter(Q(name__icontains=text) | Q(email__icontains=text))

    def row_url(self, record: Sender) -> str:
        may_change = self.request.user.has_perm("channels.change_sender")
        return reverse("sender_edit", args=[record.pk]) if may_change else ""

    def primary(self) -> Action | None:
        add = Action(gettext_lazy("Add sender"), reverse("sender_create"), "plus")
        return add if self.request.user.has_perm("channels.add_sender") else None


@login_required
@permission_required("channels.add_sender", raise_exception=True)
def sender_create(request: HttpRequest) -> HttpResponse:
    return edit(request, SenderForm, Sender(), _("Add sender"), "sender_list", gettext_lazy("Senders"))


@login_required
@permission_required("channels.change_sender", raise_exception=True)
def sender_edit(request: HttpRequest, sender_id: int) -> HttpResponse:
    sender = get_object_or_404(Sender, pk=sender_id)
    return edit(request, SenderForm, sender, sender.name, "sender_list", gettext_lazy("Senders"))


def edit(
    request: HttpRequest,
    form_class: "Callable[..., BaseModelForm[Any]]",
    record: Any,
    title: str,
    back: str,
    where: Any,
    note: str = "",
) -> HttpResponse:
    """A page with one form for one record, audited as "<model>.added" or "<model>.changed"."""
    form = form_class(request.POST or None, instance=record)
    if request.method == "POST" and form.is_valid():
        _save(form, cast(User, request.user))
        messages.success(request, _("Saved."))
        return redirect(back)
    context = {"form": form, "title": title, "back": reverse(back), "where": where, "note": note}
    return render(request, "channels/set_up_edit.html", context)


@transaction.atomic
def _save(form: "BaseModelForm[Any]", by: User) -> None:
    act = "added" if form.instance.pk is None else "changed"
    saved = form.save()
    name = saved._meta.model_name
    audit.record(by, f"{name}.{act}", saved, timezone.now(), fields=sorted(form.changed_data))
