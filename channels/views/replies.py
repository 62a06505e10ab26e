"""What people write back: the list for whoever answers, and marking as done."""

from typing import cast

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from channels.models import Channel, Reply
from config.pages.columns import BadgeColumn, MomentColumn
from config.pages.listing import BulkAction, ListPage
from config.pages.parts import Empty
from config.pages.tables import ListTable
from customers import access, audit
from customers.models import User

KINDS = dict(Reply.Kind.choices)


class ReplyTable(ListTable):
    at = MomentColumn(orderable=False)
    customer = tables.Column(verbose_name=gettext_lazy("From"), orderable=False, empty_values=())
    channel = tables.Column(orderable=False)
    kind = BadgeColumn(
        tones={"stop": "wait", "help": "info", "start": "good", "text": "calm"}, labels=KINDS, orderable=False
    )
    text = tables.Column(orderable=False)
    done_at = MomentColumn(orderable=False)

    class Meta:
        model = Reply
        fields = ["at", "customer", "channel", "kind", "text", "done_at"]

    def render_customer(self, record: Reply) -> str:
        if record.customer:
            return access.name_for(self.request.user, record.customer)
        return record.sender if access.sees_names(self.request.user) else "•••"

    def render_text(self, value: str, record: Reply) -> str:
        return f"{value} (+{record.media})" if record.media else value

    value_customer, value_text = render_customer, render_text


class ReplyFilter(filters.FilterSet):  # type: ignore[misc]
    open = filters.ChoiceFilter(
        label=gettext_lazy("Done"),
        choices=[("no", gettext_lazy("not yet")), ("yes", gettext_lazy("done"))],
        method="by_open",
        empty_label=gettext_lazy("any"),
    )
    kind = filters.ChoiceFilter(choices=Reply.Kind.choices, empty_label=gettext_lazy("any"))
    channel = filters.ChoiceFilter(
        choices=[(key, label) for key, label in Channel.choices if key in (Channel.SMS, Channel.WHATSAPP)],
        empty_label=gettext_lazy("any"),
    )

    class Meta:
        model = Reply
        fields = ["open", "kind", "channel"]

    def by_open(self, rows: QuerySet[Reply], name: str, value: str) -> QuerySet[Reply]:
        return rows.filter(done_at__isnull=value == "no")


def mark_done(request: HttpRequest, rows: QuerySet[Reply]) -> None:
    user, at = cast(User, request.user), timezone.now()
    done = rows.filter(done_at=None).update(done_at=at, done_by=user)
    audit.record(user, "replies.done", None, at, count=done)
    messages.success(request, ngettext("%(n)s is done.", "%(n)s are done.", done) % {"n": done})


class ReplyList(ListPage):
    key = "replies"
    title = gettext_lazy("Replies")
    permission = "channels.view_reply"
    table_class = ReplyTable
    filter_class = ReplyFilter
    search_help = gettext_lazy("Words of the text, or the number")
    empty = Empty(
        gettext_lazy("Nobody has written back yet"),
        gettext_lazy(
            "Answers to SMS and WhatsApp messages stand here. STOP and HELP are settled at once; the rest is for you."
        ),
        "message",
    )
    bulk_actions = (
        BulkAction(
            "done", gettext_lazy("Mark as done"), mark_done, "check", permission="channels.change_reply"
        ),
    )

    def rows(self) -> QuerySet[Reply]:
        reader = cast(User, self.request.user)
        mine = Q(customer__in=access.customers_for(reader))
        if reader.has_perm("customers.view_every_store"):
            mine |= Q(customer=None)
        return Reply.objects.filter(mine).select_related("customer").order_by("-at", "-id")

    def search(self, rows: QuerySet[Reply], text: str) -> QuerySet[Reply]:
        return rows.filter(Q(text__icontains=text) | Q(sender__startswith=text))

    def row_url(self, record: Reply) -> str:
        return reverse("customer", args=[record.customer_id]) if record.customer_id else ""
