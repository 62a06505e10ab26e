"""The link in a mail or text by which a customer gets her data, or has it deleted. It works once, and for an hour."""

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from channels import data_requests, speech
from channels.doors import page, public
from channels.models import DataRequest
from customers import handing_out, privacy
from customers.models import Erasure
from customers.privacy import Asked


@public
@require_http_methods(["GET", "HEAD", "POST"])
def own_data(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST acts: mail scanners open links."""
    found = data_requests.find(token, timezone.now())
    if found is None:
        raise Http404
    way = data_requests.way_of(found)
    assert way is not None  # noqa: S101 (else the request is not found)
    erases = found.kind == DataRequest.Kind.ERASE
    language = speech.for_page(request, found.customer.language, found.language)
    context = {"erases": erases, "address": speech.masked(way.address), "done": False}
    if request.method == "POST":
        if not erases:
            return _download(found, language)
        _erase(found)
        context["done"] = True
    return page(request, "channels/own_data.html", language, context)


@transaction.atomic
def _download(found: DataRequest, language: str) -> HttpResponse:
    at = timezone.now()
    if not data_requests.take(found, at):
        raise Http404
    packed = handing_out.archive(found.customer.pk, language, at)
    return HttpResponse(
        packed,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="data-{at:%Y-%m-%d}.zip"'},
    )


@transaction.atomic
def _erase(found: DataRequest) -> None:
    at = timezone.now()
    if not data_requests.take(found, at):
        raise Http404
    privacy.erase(found.customer.pk, Asked(Erasure.By.CUSTOMER, found.asked_at), at)
