"""The codes of a coupon: the list, one code with what became of it, and making it void."""

from functools import cached_property
from typing import Any, cast

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from config.pages import confirm
from config.pages.columns import BadgeColumn, MomentColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Empty, Tone
from config.pages.tables import ListTable
from customers import access
from customers.models import Customer, User
from loyalty.coupons import issuing, sheets
from loyalty.coupons.codes import normalise
from loyalty.coupons.refusals import Refused
from loyalty.models import Coupon, CouponCode

TONES: dict[str, Tone] = {
    "free": "calm",
    "reserved": "wait",
    "prize": "wait",
    "issued": "good",
    "void": "bad",
}


class CodeTable(ListTable):
    text = tables.Column(verbose_name=gettext_lazy("Code"), orderable=False)
    state = BadgeColumn(tones=TONES, orderable=False)
    customer = tables.Column(verbose_name=gettext_lazy("Customer"), orderable=False)
    issued_at = MomentColumn(orderable=False)
    valid_until = MomentColumn(verbose_name=gettext_lazy("Valid until"), orderable=False)

    def render_text(self, record: CouponCode) -> str:
        return record.label

    value_text = render_text

    def render_customer(self, record: CouponCode) -> str:
        return access.name_for(cast(User, self.request.user), cast(Customer, record.customer))

    value_customer = render_customer


class CodeFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.ChoiceFilter(
        label=gettext_lazy("State"), choices=CouponCode.State.choices, empty_label=gettext_lazy("any")
    )


class OfCoupon(ListPage):
    """A list that belongs to one coupon."""

    section = "coupons"
    template = "loyalty/code_list.html"

    @cached_property
    def coupon(self) -> Coupon:
        return get_object_or_404(Coupon, pk=self.kwargs["coupon_id"])

    def context(self) -> dict[str, Any]:
        return super().context() | {"coupon": self.coupon}


class CodeList(OfCoupon):
    key = "codes"
    permission = "loyalty.view_couponcode"
    table_class = CodeTable
    filter_class = CodeFilter
    search_help = gettext_lazy("How the code begins")

    @property
    def title(self) -> str:  # type: ignore[override]
        return _("Codes of “%s”") % self.coupon.name

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("No codes yet"),
            gettext_lazy("Order as many as customers shall get; a million takes half a minute."),
            "qrcode",
            self.primary(),
        )

    def rows(self) -> QuerySet[CouponCode]:
        rows = CouponCode.objects.filter(coupon=self.kwargs["coupon_id"])
        return rows.select_related("customer").order_by("-pk")

    def search(self, rows: QuerySet[CouponCode], text: str) -> QuerySet[CouponCode]:
        plain = normalise(text)
        return rows.filter(text__startswith=plain) if plain else rows.none()

    def row_url(self, record: CouponCode) -> str:
        return reverse("code", args=[record.pk])

    def primary(self) -> Action | None:
        coupon, may = self.coupon, self.request.user.has_perm("loyalty.add_codebatch")
        if coupon.kind != Coupon.Kind.POOL or not may:
            return None
        return Action(gettext_lazy("Order codes"), reverse("batch_order", args=[coupon.pk]), "plus")

    def get(self, request: HttpRequest, **kwargs: Any) -> Any:
        if request.GET.get("export") == "csv" and not request.user.has_perm("loyalty.export_couponcode"):
            return redirect("code_list", self.kwargs["coupon_id"])
        return super().get(request, **kwargs)


@login_required
@permission_required("loyalty.view_couponcode", raise_exception=True)
@require_safe
def code_page(request: HttpRequest, code_id: int) -> HttpResponse:
    """The code as people see it and as a QR code, whose it is, and its redemptions."""
    code, reader = _code(code_id), cast(User, request.user)
    rows = code.redemptions.select_related("store", "actor").order_by("-at", "-pk")
    context = {
        "code": code,
        "title": code.label,
        "tone": TONES[code.state],
        "holder": access.name_for(reader, code.customer) if code.customer else "",
        "redemptions": rows[:100],
    }
    return render(request, "loyalty/code.html", context)


def _code(code_id: int) -> CouponCode:
    return get_object_or_404(CouponCode.objects.select_related("coupon__offer", "customer"), pk=code_id)


@login_required
@permission_required("loyalty.view_couponcode", raise_exception=True)
@require_safe
def code_qr(request: HttpRequest, code_id: int) -> HttpResponse:
    """The QR code as SVG; with ?download=1 as a file."""
    code = _code(code_id)
    answer = HttpResponse(
        sheets.svg(code), content_type="image/svg+xml", headers={"Cache-Control": "no-store"}
    )
    if "download" in request.GET:
        answer["Content-Disposition"] = f'attachment; filename="{code.text}.svg"'
    return answer


@login_required
@permission_required("loyalty.change_couponcode", raise_exception=True)
def code_void(request: HttpRequest, code_id: int) -> HttpResponse:
    code = _code(code_id)
    back = reverse("code", args=[code.pk])
    if request.method == "POST":
        try:
            issuing.void(code, cast(User, request.user), timezone.now())
            messages.warning(request, _("%s is void: it cannot be redeemed any more.") % code.label)
        except Refused as refused:
            messages.error(request, refused.sentence)
        return redirect(back)
    text = _("Nobody can redeem it any more, and that cannot be taken back. What was redeemed with it stays.")
    return confirm.ask(request, _("Make %s void?") % code.label, text, _("Make void"), back)
