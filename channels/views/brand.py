"""The shop's name and manner, and how its messages look."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from channels.forms.brand import BrandForm
from channels.models import Brand
from customers import audit
from customers.models import Order, Shop, User


@login_required
@permission_required("channels.view_brand", raise_exception=True)
def brand(request: HttpRequest) -> HttpResponse:
    shop, look = Shop.current(), Brand.current()
    fixed = bool(shop.currency) and Order.objects.exists()
    form = BrandForm(request.POST or None, shop=shop, brand=look, currency_fixed=fixed)
    if request.method == "POST":
        if not request.user.has_perm("channels.change_brand"):
            raise PermissionDenied
        if form.is_valid():
            audit.record(cast(User, request.user), "brand.changed", look, timezone.now(), fields=form.save())
            messages.success(request, _("Saved. Messages that are frozen already keep their look."))
            return redirect("brand")
    imprints = [form[f"imprint_{code}"] for code in form.codes]
    return render(
        request, "channels/brand.html", {"form": form, "imprints": imprints, "look": look, "shop": shop}
    )
