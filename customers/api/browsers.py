"""Calls from the pages of shops: on which addresses a public key works, and who may read the answer."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from customers.models import ApiKey
from customers.tracking import limits
from customers.tracking.reading import CallRefused


def origin(request: HttpRequest, key: ApiKey) -> str:
    """The page's address, for whom the answer may be read. A browser key works on its own pages only."""
    said = request.headers.get("Origin", "")
    if key.kind == ApiKey.Kind.BROWSER and said not in key.origins:
        raise CallRefused(403, "This key does not work on this web address; add it on the key's page.")
    return said if said in key.origins else ""


def refusal(why: CallRefused, reader: str) -> JsonResponse:
    """Any page may read why it was refused: that tells nothing that its own call did not."""
    answer = shared(JsonResponse({"success": False, "reason": why.reason}, status=why.status), reader)
    if why.status == 429:
        answer["Retry-After"] = str(limits.MINUTE)
        answer["Access-Control-Expose-Headers"] = "Retry-After"
    if why.status == 401:
        answer["WWW-Authenticate"] = 'Basic realm="tracking"'
    return answer


def shared(answer: JsonResponse, reader: str) -> JsonResponse:
    """The answer, to be read by pages of the origin `reader` ("": by none of another origin)."""
    answer["Vary"] = "Origin"
    if reader:
        answer["Access-Control-Allow-Origin"] = reader
    return answer


def preflight(request: HttpRequest) -> HttpResponse:
    """What a page of one of our browser keys may send. Asked by the browser, which does not tell the key yet."""
    said = request.headers.get("Origin", "")
    answer = HttpResponse(status=204)
    answer["Vary"] = "Origin"
    if (
        said
        and ApiKey.objects.filter(
            kind=ApiKey.Kind.BROWSER, revoked_at=None, origins__contains=[said]
        ).exists()
    ):
        answer["Access-Control-Allow-Origin"] = said
        answer["Access-Control-Allow-Methods"] = "POST"
        answer["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        answer["Access-Control-Max-Age"] = "600"
    return answer
