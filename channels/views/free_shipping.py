"""From which cart on shipping is free: what the gap in messages is reckoned with."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from channels import free_shipping
from channels.forms.free_shipping import home_currency, lines
from customers.models import User


@login_required
@permission_required("channels.view_freeshipping", raise_exception=True)
def free_shipping_page(request: HttpRequest) -> HttpResponse:
    form = lines(request.POST or None)
    may_change = request.user.has_perm("channels.change_freeshipping")
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        if form.is_valid():
            free_shipping.write(dict(form.places()), cast(User, request.user), timezone.now())
            messages.success(request, _("Saved. Messages reckon with it from now on."))
            return redirect("free_shipping")
    context = {"form": form, "may_change": may_change, "currency": home_currency()}
    return render(request, "channels/free_shipping.html", context)
