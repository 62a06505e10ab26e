"""The rows behind the figures: deliveries by outcome, and the orders that count for a campaign."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns import settling, words
from campaigns.models import Campaign, Occurrence
from campaigns.refusals import Refused
from campaigns.reports import figures
from campaigns.views import channel_counts
from campaigns.views.common import APPROVE, VIEW, get, reader, run_of
from channels.messages import variants
from channels.models import Channel, Delivery
from config import formats
from config.pages.columns import RIGHT, BadgeColumn, MomentColumn, NumberColumn, empty_last
from config.pages.listing import BulkAction
from config.pages.parts import Action, Empty
from config.pages.tables import ListTable
from customers import access
from customers.models import Order, Shop
from customers.people_lists import PeopleListPage

LETTERS = [(letter, letter) for letter in variants.LETTERS]
FIGURES = {
    "audience": gettext_lazy("in the audience"),
    "sent": gettext_lazy("sent"),
    "delivered": gettext_lazy("delivered"),
    "seen": gettext_lazy("seen in the shop"),
    "clicked": gettext_lazy("clicked"),
    "dismissed": gettext_lazy("closed in the shop"),
    "ordered": gettext_lazy("ordered"),
    "opted_out": gettext_lazy("opted out"),
    "complained": gettext_lazy("complained"),
    "failed": gettext_lazy("bounced or refused"),
    "reached": gettext_lazy("sent and not bounced"),
    "withheld": gettext_lazy("not sent"),
    "missed": gettext_lazy("missed"),
    "waiting": gettext_lazy("waiting"),
    "unknown": gettext_lazy("unknown"),
    "untracked": gettext_lazy("sent without consent to evaluate clicks"),
}


class PeopleTable(ListTable):
    orderable_while_few = ("called_at",)
    customer = tables.Column(verbose_name=gettext_lazy("Name"), orderable=False)
    state = BadgeColumn(
        verbose_name=gettext_lazy("Outcome"),
        tones={state: tone for state, (_label, tone) in words.OUTCOMES.items()},
        orderable=False,
    )
    reason = tables.Column(verbose_name=gettext_lazy("Why"), orderable=False)
    channel = tables.Column(verbose_name=gettext_lazy("Channel"), orderable=False)
    language = tables.Column(verbose_name=gettext_lazy("Language"), orderable=False)
    called_at = MomentColumn(verbose_name=gettext_lazy("Sent at"))
    detail = tables.Column(verbose_name=gettext_lazy("Provider's answer"), orderable=False)

    order_called_at = empty_last("called_at")

    def render_customer(self, record: Delivery) -> str:
        return access.name_for(self.request.user, record.customer)

    def render_reason(self, value: str, record: Delivery) -> str:
        return str(words.reason(value, record.state).label)

    value_customer, value_reason = render_customer, render_reason


class PeopleFilter(filters.FilterSet):  # type: ignore[misc]
    figure = filters.ChoiceFilter(
        label=gettext_lazy("Which people"),
        choices=list(FIGURES.items()),
        method="by_figure",
        empty_label=gettext_lazy("all"),
    )
    state = filters.ChoiceFilter(
        label=gettext_lazy("Outcome"), choices=Delivery.State.choices, empty_label=gettext_lazy("any")
    )
    reason = filters.ChoiceFilter(
        label=gettext_lazy("Why"),
        choices=[(key, reason.label) for key, reason in words.REASONS.items() if key],
        empty_label=gettext_lazy("any"),
    )
    channel = filters.ChoiceFilter(
        label=gettext_lazy("Channel"), choices=Channel.choices, empty_label=gettext_lazy("any")
    )
    language = filters.CharFilter(label=gettext_lazy("Language"))
    variant = filters.ChoiceFilter(
        label=gettext_lazy("Variant"), choices=LETTERS, empty_label=gettext_lazy("any")
    )

    passed = filters.ChoiceFilter(
        label=gettext_lazy("Went on to another channel from"),
        choices=channel_counts.passed_choices,
        method="by_passed",
        empty_label=gettext_lazy("any"),
    )

    def by_passed(self, rows: QuerySet[Delivery], name: str, value: str) -> QuerySet[Delivery]:
        channel, how = value.rsplit(".", 1)
        return rows.filter(figures.passed_from(channel, channel_counts.PASSED[how]))

    def by_figure(self, rows: QuerySet[Delivery], name: str, value: str) -> QuerySet[Delivery]:
        return rows.filter(figures.PEOPLE[value]())


def settle_all(arrived: bool) -> Callable[[HttpRequest, QuerySet[Delivery]], None]:
    def run(request: HttpRequest, rows: QuerySet[Delivery]) -> None:
        found = request.resolver_match
        campaign_id = found.kwargs["campaign_id"] if found else 0
        unknown = list(rows.filter(state=Delivery.State.UNKNOWN).values_list("pk", flat=True))
        try:
            done = settling.settle(campaign_id, unknown, reader(request), timezone.now(), arrived=arrived)
        except Refused as refused:
            messages.error(request, refused.sentence)
            return
        if arrived:
            sentence = ngettext("%(n)s message counts as sent.", "%(n)s messages count as sent.", done)
        else:
            sentence = ngettext("%(n)s message is sent again.", "%(n)s messages are sent again.", done)
        messages.success(request, sentence % {"n": done})

    return run


SETTLE = (
    BulkAction(
        "arrived",
        gettext_lazy("It arrived"),
        settle_all(arrived=True),
        "check",
        question=gettext_lazy("These messages count as sent from now on. This cannot be taken back."),
        permission=APPROVE,
    ),
    BulkAction(
        "again",
        gettext_lazy("Send again"),
        settle_all(arrived=False),
        "refresh",
        question=gettext_lazy(
            "Whoever has received the message gets it twice. Ask the provider first what it has sent."
        ),
        permission=APPROVE,
        danger=True,
    ),
)


class _OfRun(PeopleListPage):
    """A list about one run; 404 while there is none."""

    permission = VIEW

    @cached_property
    def campaign(self) -> Campaign:
        return get(self.kwargs["campaign_id"])

    @cached_property
    def run(self) -> Occurrence:
        run = run_of(self.campaign)
        if run is None:
            raise Http404
        return run

    def context(self) -> dict[str, Any]:
        return super().context() | {"campaign": self.campaign, "run": self.run}


class PeopleList(_OfRun):
    key = "campaign-people"
    table_class = PeopleTable
    filter_class = PeopleFilter
    search_help = gettext_lazy("Name, e-mail, phone, customer or order number")
    template = "campaigns/rows.html"
    empty = Empty(
        gettext_lazy("Nobody yet"),
        gettext_lazy("Everybody in the audience gets a line here as soon as the campaign begins."),
        "users",
    )

    @property
    def bulk_actions(self) -> Sequence[BulkAction]:  # type: ignore[override]
        """Where only unknown ones are listed, an approver may settle them."""
        asked = self.request.GET
        return SETTLE if Delivery.State.UNKNOWN in (asked.get("state"), asked.get("figure")) else ()

    @property
    def title(self) -> str:  # type: ignore[override]
        return _("People of “%(name)s”") % {"name": self.campaign.name}

    def rows(self) -> QuerySet[Delivery]:
        return figures.deliveries(self.run).select_related("customer").order_by("pk")

    def row_url(self, record: Delivery) -> str:
        return reverse("customer", args=[record.customer_id])

    def menu(self) -> list[Action]:
        return [Action(_("Who was missed"), "?figure=missed", "user-x")]


class OrderTable(ListTable):
    orderable_while_few = ("placed_at", "base_total")
    number = tables.Column(verbose_name=gettext_lazy("Order"), orderable=False)
    customer = tables.Column(verbose_name=gettext_lazy("Name"), orderable=False)
    clicked_at = MomentColumn(
        verbose_name=gettext_lazy("Clicked"), accessor="attribution__clicked_at", orderable=False
    )
    placed_at = MomentColumn(verbose_name=gettext_lazy("Ordered"))
    base_total = tables.Column(verbose_name=gettext_lazy("Value"), attrs=RIGHT)
    refunded = tables.Column(verbose_name=gettext_lazy("Refunded"), orderable=False, attrs=RIGHT)
    net = NumberColumn(verbose_name=gettext_lazy("Net"), accessor="base_total", orderable=False)

    def render_customer(self, record: Order) -> str:
        return access.name_for(self.request.user, record.customer) if record.customer else "–"

    def render_base_total(self, value: int) -> str:
        return formats.money(value, self._currency)

    def render_refunded(self, value: int) -> str:
        return formats.money(value, self._currency) if value else "–"

    def render_net(self, record: Any) -> str:
        return formats.money(record.base_total + record.refunded, self._currency)

    def value_base_total(self, value: int) -> Any:
        return formats.major(value, self._currency)

    def value_refunded(self, value: int) -> Any:
        return formats.major(value, self._currency)

    def value_net(self, record: Any) -> Any:
        return formats.major(record.base_total + record.refunded, self._currency)

    value_customer = render_customer

    @cached_property
    def _currency(self) -> str:
        return Shop.current().currency or "EUR"


class OrderFilter(filters.FilterSet):  # type: ignore[misc]
    language = filters.CharFilter(
        label=gettext_lazy("Language"), field_name="attribution__delivery__language"
    )
    variant = filters.ChoiceFilter(
        label=gettext_lazy("Variant"),
        field_name="attribution__delivery__variant",
        choices=LETTERS,
        empty_label=gettext_lazy("any"),
    )


class OrderList(_OfRun):
    key = "campaign-orders"
    table_class = OrderTable
    filter_class = OrderFilter
    search_help = gettext_lazy("Order number, or the customer's name, e-mail or phone")
    template = "campaigns/rows.html"
    empty = Empty(
        gettext_lazy("No orders yet"),
        gettext_lazy("An order appears here when it was placed within the window after a click."),
        "shopping-bag",
    )

    @property
    def title(self) -> str:  # type: ignore[override]
        return _("Orders of “%(name)s”") % {"name": self.campaign.name}

    def rows(self) -> QuerySet[Order]:
        back = Order.objects.filter(refund_of=OuterRef("pk"), kind=Order.Kind.REFUND).values("refund_of")
        refunded = Coalesce(
            Subquery(back.annotate(sum=Sum("base_total")).values("sum"), output_field=IntegerField()), 0
        )
        rows = figures.orders(self.run).select_related("customer", "attribution")
        return rows.annotate(refunded=refunded).order_by("-placed_at")

    def row_url(self, record: Order) -> str:
        return reverse("customer", args=[record.customer_id]) if record.customer_id else ""

    def search(self, rows: QuerySet[Order], text: str) -> QuerySet[Order]:
        numbered = rows.filter(number__istartswith=text.lstrip("# "))
        return numbered if numbered.exists() else super().search(rows, text)
