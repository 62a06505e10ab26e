"""Why one customer got a campaign or did not: a search on her page, and a page of its own without scripts."""

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.vary import vary_on_headers

from campaigns import explanations
from campaigns.views.common import VIEW, reader
from customers import access


@login_required
@permission_required(VIEW, raise_exception=True)
@permission_required("customers.view_customer", raise_exception=True)
@vary_on_headers("HX-Request")
def customer_why(request: HttpRequest, customer_id: int) -> HttpResponse:
    """GET why=: a part of a campaign's name."""
    user = reader(request)
    customer = get_object_or_404(access.customers_for(user), pk=customer_id)
    text = request.GET.get("why", "").strip()[:120]
    context = {
        "title": _("Why did it arrive, why not?"),
        "customer": customer,
        "name": access.name_for(user, customer),
        "text": text,
        "found": explanations.about(customer, text, timezone.now()),
    }
    name = "_explanations" if request.headers.get("HX-Request") else "why"
    return render(request, f"campaigns/{name}.html", context)
