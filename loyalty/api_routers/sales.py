"""POST sales/KEY/access: whether a customer may enter a private sale. Shops and tills ask with their key and her
number, pages in her browser with her link. Who may enter is admitted by it."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Router

from config import client
from customers.api import pages
from customers.api.auth import server_key
from customers.api.routers import ApiRouter, api_routers
from customers.models import ApiKey
from customers.tracking import keys, limits, profiles
from customers.tracking.reading import CallRefused
from loyalty import api_calls
from loyalty.models import Sale
from loyalty.sales import admission
from loyalty.sales.admission import ALLOWED, Answer
from loyalty.till import lookups
from loyalty.till.lookups import Who

SCOPE = "access"
MOST_BYTES = 5_000
LONGEST_NUMBER = 120
router = Router(tags=["sales"])
CALL = {
    "type": "object",
    "properties": {
        "customer": {"type": "string", "description": "her number; with a server or till key"},
        "writeKey": {"type": "string", "description": "a browser key, instead of one in the header"},
        "token": {
            "type": "string",
            "description": "`access` of the link by which she came; with a browser key",
        },
    },
}
ANSWERS = {
    200: "`access`: allowed, not_yet (`opens_at`), ended, quota_gone or not_invited.",
    400: "The body cannot be read.",
    401: "No key that works.",
    403: "The key may not ask this, or does not work on this web address.",
    404: "No such sale, or to browsers: no link of it.",
    429: "Too many calls; wait for Retry-After.",
}
UNKNOWN = "There is no such sale for this link."  # one answer for browsers, whatever is wrong


def take(request: HttpRequest, key: str) -> HttpResponse:
    named = request.headers.get("Origin", "")
    try:
        body = _body(request)
        if "writeKey" in body:
            named = pages.origin(request, by := _browser_key(body))
            answer = _by_link(request, by, key, body)
        else:
            named = ""
            answer = _by_number(request, key, body)
    except CallRefused as why:
        return _closed(pages.refusal(why, named, "sales"))
    except lookups.TooMany as many:
        return _closed(api_calls.too_many(many))
    return _closed(pages.shared(JsonResponse(answer), named))


def _by_number(request: HttpRequest, key: str, body: dict[str, Any]) -> dict[str, Any]:
    by, number = server_key(request), body.get("customer")
    if by is None:
        raise CallRefused(401, "No server or till key of this installation that works.")
    if SCOPE not in by.scopes:
        raise CallRefused(403, "This key may not ask who may enter. Give it that right on its page.")
    if not isinstance(number, str) or not 0 < len(number) <= LONGEST_NUMBER or "\0" in number:
        raise CallRefused(400, f"customer must be her number, in at most {LONGEST_NUMBER} characters.")
    sale, customer_id = admission.find(key), profiles.living(number, by.source)
    _count(by, customer_id is not None)
    if sale is None:
        raise CallRefused(404, "There is no such sale.")
    if customer_id is None:
        return _told(sale, Answer(admission.NOT_INVITED))
    return _told(sale, admission.enter(sale, customer_id, timezone.now()))


def _count(by: ApiKey, found: bool) -> None:
    """A till is held back as everywhere else when it asks for too many that nobody knows, or too much in a day. Raises
    lookups.TooMany."""
    if by.kind != ApiKey.Kind.TILL or by.store is None:
        return
    lookups.count(Who(by.store, api_key=by), found, timezone.now())


def _by_link(request: HttpRequest, by: ApiKey, key: str, body: dict[str, Any]) -> dict[str, Any]:
    at = timezone.now()
    if limits.exceeded(by, client.address(request), at, "sales"):
        raise CallRefused(429, "Too many calls in a minute from this address.")
    sale = admission.find(key)
    customer_id = admission.holder(sale, body.get("token")) if sale else None
    if sale is None or customer_id is None:
        raise CallRefused(404, UNKNOWN)
    return _told(sale, admission.enter(sale, customer_id, at))


def _told(sale: Sale, answer: Answer) -> dict[str, Any]:
    """What is sold, and until when, is told only to those who are let in."""
    told: dict[str, Any] = {"access": answer.access}
    if answer.opens_at:
        told["opens_at"] = answer.opens_at.isoformat()
    if answer.access == ALLOWED:
        told |= {
            "ends_at": sale.ends_at.isoformat(),
            "section": sale.section,
            "products": sale.skus,
            "categories": sale.categories,
        }
    return told


def _body(request: HttpRequest) -> dict[str, Any]:
    length = request.headers.get("Content-Length", "0")
    try:
        body = json.loads(request.body) if length.isdigit() and int(length) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise CallRefused(400, f"The body must be an object in JSON, of at most {MOST_BYTES} bytes.")
    return body


def _browser_key(body: dict[str, Any]) -> ApiKey:
    said = body.get("writeKey")
    key = keys.find(said, timezone.now()) if isinstance(said, str) else None
    if key is None or key.kind != ApiKey.Kind.BROWSER:
        raise CallRefused(401, "No browser key of this installation that works.")
    return key


def _closed(answer: JsonResponse) -> JsonResponse:
    """About one person: kept by nobody on the way."""
    answer["Cache-Control"] = "no-store"
    return answer


def sale_access(request: HttpRequest, key: str) -> HttpResponse:
    return pages.preflight(request) if request.method == "OPTIONS" else take(request, key)


DESCRIBED = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": CALL}}},
    "responses": {
        code: {"description": text, "content": {"application/json": {"schema": {"type": "object"}}}}
        for code, text in ANSWERS.items()
    },
}
for method in ("POST", "OPTIONS"):
    router.add_api_operation(
        "/sales/{key}/access",
        [method],
        sale_access,
        auth=None,
        response=None,
        summary="Whether a customer may enter a private sale; she is admitted by it",
        operation_id="sale_access" if method == "POST" else None,
        openapi_extra=DESCRIBED if method == "POST" else None,
        include_in_schema=method == "POST",
        url_name="sale_access",
    )


@api_routers.register
class Sales(ApiRouter):
    key = "sales"
    router = router
    public = True
