"""All redemptions of a coupon, where one of any age is found by order, receipt or code, to be taken back."""

import django_filters as filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.pages.columns import BadgeColumn, MomentColumn, MoneyColumn
from config.pages.parts import Empty, Tone
from config.pages.tables import ListTable
from loyalty.coupons.codes import normalise
from loyalty.models import Redemption
from loyalty.views.codes import OfCoupon

State = Redemption.State
TONES: dict[str, Tone] = {"reserved": "wait", "redeemed": "good", "released": "calm", "reversed": "calm"}


class RedemptionTable(ListTable):
    at = MomentColumn(order_by=("at", "pk"))
    code = tables.Column(verbose_name=gettext_lazy("Code"), orderable=False)
    order_key = tables.Column(verbose_name=gettext_lazy("Order"), orderable=False)
    store = tables.Column(verbose_name=gettext_lazy("Where"), orderable=False, empty_values=())
    amount = MoneyColumn(verbose_name=gettext_lazy("Discount"), orderable=False)
    state = BadgeColumn(tones=TONES, orderable=False)
    reason = tables.Column(orderable=False)
    take_back = tables.Column(verbose_name="", orderable=False, empty_values=(), exclude_from_export=True)

    class Meta:
        model = Redemption
        fields = ["at", "code", "order_key", "store", "amount", "state", "reason", "take_back"]
        order_by = "-at"

    def render_code(self, record: Redemption) -> str:
        """Who may not see codes knows one by its end."""
        may = self.request.user.has_perm("loyalty.view_couponcode")
        return record.code.label if may else f"…{record.code.text[-4:]}"

    value_code = render_code

    def render_store(self, record: Redemption) -> str:
        return str(record.store or record.source)

    value_store = render_store

    def render_take_back(self, record: Redemption) -> str:
        if record.state != State.REDEEMED or not self.request.user.has_perm("loyalty.change_coupon"):
            return ""
        link = reverse("redemption_take_back", args=[record.pk])
        return format_html('<a class="btn btn-sm" href="{}">{}</a>', link, _("Take this back"))


class RedemptionFilter(filters.FilterSet):  # type: ignore[misc]
    at = filters.DateFromToRangeFilter(label=gettext_lazy("When"))
    state = filters.ChoiceFilter(
        label=gettext_lazy("State"), choices=State.choices, empty_label=gettext_lazy("any")
    )

    class Meta:
        model = Redemption
        fields = ["at", "state"]


class RedemptionList(OfCoupon):
    key = "redemptions"
    permission = "loyalty.view_coupon"
    table_class = RedemptionTable
    filter_class = RedemptionFilter
    search_help = gettext_lazy("Part of the order or receipt, or a code")
    empty = Empty(
        gettext_lazy("Not redeemed yet"),
        gettext_lazy("Each use of a code stands here, with its order and what it took off."),
        "ticket",
    )

    @property
    def title(self) -> str:  # type: ignore[override]
        return _("Redemptions of “%s”") % self.coupon.name

    def rows(self) -> QuerySet[Redemption]:
        rows = Redemption.objects.filter(coupon=self.kwargs["coupon_id"])
        return rows.select_related("code", "store")

    def search(self, rows: QuerySet[Redemption], text: str) -> QuerySet[Redemption]:
        found = Q(order_key__icontains=text)
        plain = normalise(text)
        if plain and self.request.user.has_perm("loyalty.view_couponcode"):
            found |= Q(code__text=plain)
        return rows.filter(found)

    def may_export(self) -> bool:
        return bool(self.request.user.has_perm("loyalty.export_couponcode"))
