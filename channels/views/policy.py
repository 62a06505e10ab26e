"""The delivery policy: when and how often people are written to, whatever is launched."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from channels.arbiter import country_rules
from channels.forms import country_hours
from channels.forms.policy import PolicyForm
from channels.models import DeliveryPolicy
from customers import audit
from customers.models import User


@login_required
@permission_required("channels.view_deliverypolicy", raise_exception=True)
def delivery_policy(request: HttpRequest) -> HttpResponse:
    policy = DeliveryPolicy.current()
    form = PolicyForm(request.POST or None, row=policy)
    lines = country_hours.lines(policy, request.POST or None)
    if request.method == "POST":
        if not request.user.has_perm("channels.change_deliverypolicy"):
            raise PermissionDenied
        if form.is_valid() and lines.is_valid() and form.leaves_room(lines.stored()):
            at = timezone.now()
            with transaction.atomic():
                policy.countries = lines.stored()
                fields = form.save(at) + (["countries"] if lines.has_changed() else [])
                audit.record(
                    cast(User, request.user),
                    "delivery_policy.changed",
                    policy,
                    at,
                    fields=fields,
                )
            messages.success(request, _("Saved. It holds for everything that goes out from now on."))
            return redirect("delivery_policy")
    context = {"form": form, "lines": lines, "rules": country_hours.legal(), "as_of": country_rules.AS_OF}
    return render(request, "channels/delivery_policy.html", context)
