"""The public link that brings a code into the shop."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config import client
from loyalty.coupons import apply_links, guessing
from loyalty.coupons.guessing import Caller


@require_safe
@never_cache
def apply_link(request: HttpRequest, text: str) -> HttpResponse:
    """Leads on; each call counts against what an address may open in a minute, whatever the text."""
    at = timezone.now()
    try:
        guessing.spend(Caller("links", None, client.address(request)), at)
    except guessing.TooMany:
        answer = HttpResponse(status=429)
        answer["Retry-After"] = str(guessing.MINUTE)
        return answer
    target = apply_links.target(text, request.GET.get("shop", ""), at)
    if target is None:
        raise Http404
    return HttpResponseRedirect(target, headers={"Referrer-Policy": "no-referrer"})
