"""What staff do about a customer's consent: write down that she wants no more, and print a proof."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from channels import evidence, proof, withdrawals
from channels.forms.withdrawal import WithdrawalForm
from channels.models import Consent
from channels.withdrawals import Told
from customers import access, audit
from customers.models import Customer, Shop, User


@login_required
@permission_required("channels.add_consent", raise_exception=True)
def consent_withdraw(request: HttpRequest, customer_id: int) -> HttpResponse:
    reader = cast(User, request.user)
    customer = get_object_or_404(access.customers_for(reader), pk=customer_id)
    form = WithdrawalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _write_down(customer, form, reader)
        messages.success(request, _("Written down. It holds from now on."))
        return redirect("customer", customer.pk)
    context = {
        "form": form,
        "title": _("Record an opt-out or objection"),
        "back": reverse("customer", args=[customer.pk]),
        "where": access.name_for(reader, customer),
        "button": _("Write down"),
    }
    return render(request, "channels/set_up_edit.html", context)


def _write_down(customer: Customer, form: WithdrawalForm, by: User) -> None:
    told, at = Told(form.cleaned_data["how"], form.cleaned_data["on"], by), timezone.now()
    if form.objects:
        withdrawals.object_to_advertising(customer.pk, told, at)
    else:
        withdrawals.withdraw(customer.pk, form.cells, told, at)


@login_required
@permission_required("channels.view_consent", raise_exception=True)
def consent_proof(request: HttpRequest, consent_id: int) -> HttpResponse:
    """One statement with all its evidence, on one page to print."""
    reader = cast(User, request.user)
    row = get_object_or_404(Consent.objects.select_related("customer", "topic", "recorded_by"), pk=consent_id)
    if not access.sees_names(reader):
        raise PermissionDenied
    if not access.customers_for(reader).filter(pk=row.customer_id).exists():
        raise Http404
    context = {
        "row": row,
        "topic": row.topic.name_in(get_language() or "en") if row.topic else "",
        "evidence": evidence.facts(row),
        "shop": Shop.current(),
        "printed_at": timezone.now(),
    }
    return render(request, "channels/consent_proof.html", context)


@login_required
@permission_required("channels.view_consent", raise_exception=True)
def consents_pdf(request: HttpRequest, customer_id: int) -> HttpResponse:
    """All that she ever stated, with the evidence, as a PDF to hand in."""
    reader = cast(User, request.user)
    customer = get_object_or_404(access.customers_for(reader), pk=customer_id)
    if not access.sees_names(reader):
        raise PermissionDenied
    at = timezone.now()
    audit.record(reader, "consent.proof_printed", customer, at)
    name = _("consent-%(number)s.pdf") % {"number": customer.pk}
    return HttpResponse(
        proof.document(customer, at),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
