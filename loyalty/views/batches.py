"""Codes by the batch: ordered, made by workers, taken out as a file or on paper."""

import uuid
from collections.abc import Iterator
from typing import Any, cast

from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import formats
from config.pages import confirm, csv, progress
from config.pages.parts import Progress
from customers import audit
from customers.models import User
from loyalty.coupons import batches, issuing, sheets
from loyalty.coupons.issuing import PoolEmpty
from loyalty.forms.coupons import BatchForm, SheetForm
from loyalty.models import CodeBatch, Coupon, CouponCode
from loyalty.tasks import make_codes

CHUNK = 5000


@login_required
@permission_required("loyalty.add_codebatch", raise_exception=True)
def batch_order(request: HttpRequest, coupon_id: int) -> HttpResponse:
    coupon = get_object_or_404(Coupon, pk=coupon_id, kind=Coupon.Kind.POOL)
    form = BatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        with transaction.atomic():
            by = cast(User, request.user)
            batch = batches.order(
                coupon, asked["count"], timezone.now(), by, asked["begins"], asked["length"]
            )
            transaction.on_commit(lambda: make_codes.delay(batch.pk))
        return redirect("batch_progress", batch.pk)
    context = {
        "form": form,
        "title": _("Order codes"),
        "where": coupon.name,
        "back": reverse("coupon", args=[coupon.pk]),
        "button": _("Make codes"),
        "note": _("Workers make them in the background; you can go on meanwhile."),
    }
    return render(request, "loyalty/form.html", context)


@login_required
@permission_required("loyalty.add_codebatch", raise_exception=True)
def batch_progress(request: HttpRequest, batch_id: int) -> HttpResponse:
    """How far a batch is; then on to its coupon."""
    batch = get_object_or_404(CodeBatch.objects.select_related("coupon"), pk=batch_id)
    made = Progress(
        label=_("Making codes of “%s”") % batch.coupon.name,
        done=batch.made,
        total=batch.asked,
        url=reverse("batch_progress", args=[batch.pk]),
        finished=batch.finished_at is not None,
        then=reverse("coupon", args=[batch.coupon_id]),
    )
    return progress.respond(request, made)


@login_required
@permission_required("loyalty.export_couponcode", raise_exception=True)
def batch_export(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """Asks first: what is taken out is handed out."""
    batch = get_object_or_404(CodeBatch.objects.select_related("coupon"), pk=batch_id)
    back = reverse("coupon", args=[batch.coupon_id])
    if request.method == "POST" and batch.finished_at:
        issuing.hand_out_batch(batch, cast(User, request.user), timezone.now())
        return csv.respond(f"codes-{batch.pk}", _rows(batch))
    count = CouponCode.objects.filter(coupon=batch.coupon_id, batch=batch, state="free").count()
    text = ngettext(
        "%s code that nobody has yet counts as handed out from now on: whoever gets the file can redeem it, and no "
        "message gives it to a customer. Keep the file like money.",
        "%s codes that nobody has yet count as handed out from now on: whoever gets the file can redeem them, and no "
        "message gives them to customers. Keep the file like money.",
        count,
    )
    fault = "" if batch.finished_at else _("These codes are still being made. Come back in a minute.")
    title = _("Take codes out as a file?")
    return confirm.ask(
        request, title, text % formats.number(count), _("Export as CSV"), back, danger=False, fault=fault
    )


def _rows(batch: CodeBatch) -> Iterator[list[Any]]:
    """The codes of the batch, read in chunks."""
    yield [_("Code"), _("State"), _("Valid from"), _("Valid until")]
    codes = CouponCode.objects.filter(coupon=batch.coupon_id, batch=batch).order_by("coupon", "pk")
    for code in codes.iterator(chunk_size=CHUNK):
        yield [code.label, code.get_state_display(), code.valid_from, code.valid_until]


@login_required
@permission_required("loyalty.export_couponcode", raise_exception=True)
def coupon_sheet(request: HttpRequest, coupon_id: int) -> HttpResponse:
    """Labels to cut. Codes of a pool are handed out by it; who posts twice gets the same."""
    coupon = get_object_or_404(Coupon.objects.select_related("offer"), pk=coupon_id)
    form = SheetForm(request.POST or None, initial={"key": uuid.uuid4().hex})
    if request.method == "POST" and form.is_valid():
        codes = _to_print(coupon, form, cast(User, request.user))
        if codes:
            name = _("coupon-%s.pdf") % coupon.pk
            return HttpResponse(
                sheets.document(coupon, codes),
                content_type="application/pdf",
                headers={
                    "Content-Disposition": f'attachment; filename="{name}"',
                    "Cache-Control": "no-store",
                },
            )
    pool = coupon.kind == Coupon.Kind.POOL
    notes = (
        _("Each label has the code of this coupon, as text and as a QR code."),
        _(
            "Each label has a code of its own. What is printed counts as handed out, and no message gives it away."
        ),
    )
    context = {
        "form": form,
        "title": _("Print sheet"),
        "where": coupon.name,
        "back": reverse("coupon", args=[coupon.pk]),
        "button": _("Make PDF"),
        "note": notes[pool],
    }
    return render(request, "loyalty/form.html", context)


def _to_print(coupon: Coupon, form: SheetForm, by: User) -> list[CouponCode]:
    """The codes of the labels; none where the pool has too few, which then stands in the form."""
    count, at = int(form.cleaned_data["count"]), timezone.now()
    if coupon.kind == Coupon.Kind.GENERIC:
        audit.record(by, "codes.printed", coupon, at, count=count)
        codes = list(CouponCode.objects.filter(coupon=coupon).order_by("pk")[:1])
        return codes * count
    try:
        return issuing.hand_out(coupon, count, f"sheet-{form.cleaned_data['key']}", by, at)
    except PoolEmpty as empty:
        form.short(empty.missing)
        return []
