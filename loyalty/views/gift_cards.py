"""Gift cards: the list, one card with its ledger, and what tills redeemed beyond their leases."""

from typing import Any, cast

import django_filters as filters
import django_tables2 as tables
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from config import formats
from config.pages.columns import BadgeColumn, DayColumn, MomentColumn, MoneyColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Empty, Figure, Tone
from config.pages.tables import ListTable
from customers import access
from customers.models import User
from loyalty.coupons import guessing
from loyalty.coupons.codes import normalise
from loyalty.models import GiftCard, GiftEntry, TillSync

VIEW, ADD, BOOK = "loyalty.view_giftcard", "loyalty.add_giftcard", "loyalty.charge_giftcard"
TONES: dict[str, Tone] = {"active": "good", "blocked": "wait", "void": "calm"}


class GiftCardTable(ListTable):
    last4 = tables.Column(verbose_name=_("Card"))
    state = BadgeColumn(tones=TONES)
    balance = MoneyColumn(orderable=False)
    issued_at = MomentColumn()
    ends_on = DayColumn()
    store = tables.Column(orderable=False)

    class Meta:
        model = GiftCard
        fields = ["last4", "state", "balance", "issued_at", "ends_on", "store"]
        order_by = "-issued_at"

    def render_last4(self, value: str) -> str:
        return f"GK … {value}"


class GiftCardFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.ChoiceFilter(label=_("State"), choices=GiftCard.State.choices, empty_label=_("any"))

    class Meta:
        model = GiftCard
        fields = ["state"]


class GiftCardList(ListPage):
    key = "gift_cards"
    title = _("Gift cards")
    permission = VIEW
    section = "coupons"
    table_class = GiftCardTable
    filter_class = GiftCardFilter
    search_help = _("Last four symbols")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        text = _(
            "A gift card is money in advance: its code pays at the till and in the shop until it is empty."
        )
        return Empty(_("No gift card yet"), text, "gift", self.primary())

    def rows(self) -> QuerySet[GiftCard]:
        return GiftCard.objects.select_related("store")

    def search(self, rows: QuerySet[GiftCard], text: str) -> QuerySet[GiftCard]:
        return rows.filter(last4=normalise(text)[-4:])

    def row_url(self, record: GiftCard) -> str:
        return reverse("gift_card", args=[record.pk])

    def primary(self) -> Action | None:
        may = self.request.user.has_perm(ADD)
        return Action(_("Issue a gift card"), reverse("gift_card_issue"), "plus") if may else None

    def menu(self) -> list[Action]:
        return [Action(_("Conflicts of tills"), reverse("till_conflict_list"), "alert-triangle")]

    def figures(self) -> list[Figure]:
        """What is owed to holders of cards that can still be used, currency by currency."""
        usable = GiftCard.objects.filter(ends_at__gt=timezone.now(), balance__gt=0)
        sums = usable.values("currency").annotate(sum=Sum("balance")).order_by("-sum")[:3]
        refused, held_back = guessing.tries(timezone.now())
        return [
            *(Figure(_("Open balance"), formats.money(each["sum"], each["currency"])) for each in sums),
            Figure(
                _("Codes tried in vain"),
                formats.number(refused + held_back),
                tone="bad" if held_back else "calm",
                note=_("coupons and gift cards, in 24 hours"),
            ),
        ]


@login_required
@permission_required(VIEW, raise_exception=True)
@require_safe
def gift_card(request: HttpRequest, card_id: int) -> HttpResponse:
    card = get_object_or_404(GiftCard.objects.select_related("store", "customer"), pk=card_id)
    return render(request, "loyalty/gift_card.html", about(request, card))


def about(request: HttpRequest, card: GiftCard, code: str = "") -> dict[str, Any]:
    """What a card's page shows; `code` only right after it was issued."""
    reader = cast(User, request.user)
    refunds = GiftEntry.objects.filter(reverses=OuterRef("pk")).values("reverses")
    back = refunds.annotate(sum=Sum("amount")).values("sum")
    entries = card.entries.select_related("store", "actor").annotate(back=Subquery(back))
    customer = card.customer if card.customer_id else None
    return {
        "card": card,
        "code": code,
        "title": _("Gift card … %(last4)s") % {"last4": card.last4},
        "tone": TONES[card.state],
        "ended": card.ends_at <= timezone.now(),
        "entries": [(each, -each.amount - (each.back or 0)) for each in entries.order_by("-at", "-pk")[:200]],
        "accepted": list(card.accepted_in.order_by("name")),
        "customer": access.name_for(reader, customer) if customer else "",
        "may_book": reader.has_perm(BOOK) and card.state != GiftCard.State.VOID,
    }


class TillConflictTable(ListTable):
    order_key = tables.Column(verbose_name=_("Order"), orderable=False)
    conflict = BadgeColumn(verbose_name=_("Conflict"), tones=dict.fromkeys(TillSync.Conflict.values, "bad"))
    coupon = tables.Column(accessor="lease__coupon", verbose_name=_("Coupon"), orderable=False)
    amount = MoneyColumn(currency="lease__currency", orderable=False)
    store = tables.Column(orderable=False)
    till = tables.Column(orderable=False)
    at = MomentColumn(orderable=False)
    told_at = MomentColumn()

    class Meta:
        model = TillSync
        fields = ["order_key", "conflict", "coupon", "amount", "store", "till", "at", "told_at"]
        order_by = "-told_at"


class TillConflictFilter(filters.FilterSet):  # type: ignore[misc]
    conflict = filters.ChoiceFilter(
        label=_("Conflict"), choices=TillSync.Conflict.choices, empty_label=_("any")
    )

    class Meta:
        model = TillSync
        fields = ["conflict"]


class TillConflictList(ListPage):
    key = "till_conflicts"
    title = _("Conflicts of tills")
    permission = "loyalty.view_tillsync"
    section = "coupons"
    table_class = TillConflictTable
    filter_class = TillConflictFilter
    empty = Empty(
        _("No conflict"),
        _("Here stands what a till without a line redeemed beyond its lease. It counts nowhere."),
        "checks",
    )

    def rows(self) -> QuerySet[TillSync]:
        return TillSync.objects.exclude(conflict="").select_related("lease__coupon", "store")
