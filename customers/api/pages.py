"""Calls from other sites' pages: a browser key works on its own pages only, and only they read the answer."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from customers.api import refusals
from customers.models import ApiKey
from customers.tracking import limits
from customers.tracking.reading import CallRefused


def origin(request: HttpRequest, key: ApiKey) -> str:
    """The page's address, for whom the answer may be read. Raises CallRefused for a browser key on other pages."""
    named = request.headers.get("Origin", "")
    if key.kind == ApiKey.Kind.BROWSER and named not in key.origins:
        raise CallRefused(403, "This key does not work on this web address; add it on the key's page.")
    return named if named in key.origins else ""


def refusal(why: CallRefused, named: str, realm: str) -> JsonResponse:
    """Any page may read why it was refused: that tells nothing that its own call did not."""
    answer = shared(refusals.answer(why.status, why.reason, more={"success": False}), named)
    if why.status == 429:
        answer["Retry-After"] = str(limits.MINUTE)
        answer["Access-Control-Expose-Headers"] = "Retry-After"
    if why.status == 401:
        answer["WWW-Authenticate"] = f'Basic realm="{realm}"'
    return answer


def shared(answer: JsonResponse, named: str) -> JsonResponse:
    answer["Vary"] = "Origin"
    if named:
        answer["Access-Control-Allow-Origin"] = named
    return answer


def preflight(request: HttpRequest) -> HttpResponse:
    """What a page of one of our browser keys may send. Asked by the browser, which does not tell the key yet."""
    named = request.headers.get("Origin", "")
    answer = HttpResponse(status=204)
    answer["Vary"] = "Origin"
    keys = ApiKey.objects.filter(kind=ApiKey.Kind.BROWSER, revoked_at=None)
    if named and keys.filter(origins__contains=[named]).exists():
        answer["Access-Control-Allow-Origin"] = named
        answer["Access-Control-Allow-Methods"] = "POST"
        answer["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        answer["Access-Control-Max-Age"] = "600"
    return answer
