"""POST inbox: the messages of her who is signed in, for the script in a shop's pages. POST inbox/acts: what she did."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Router

from channels.in_app import acts, shelf, visits
from config import client
from customers.api import pages
from customers.api.routers import ApiRouter, api_routers
from customers.models import ApiKey
from customers.tracking import keys, limits
from customers.tracking.reading import CallRefused

MOST_BYTES = 20_000
LONGEST_SESSION = 100
router = Router(tags=["in-app"])
CALL = {
    "type": "object",
    "required": ["writeKey", "anonymousId"],
    "properties": {
        "writeKey": {"type": "string", "description": "a browser key"},
        "anonymousId": {"type": "string", "maxLength": visits.LONGEST_VISITOR},
        "token": {"type": "string", "description": "the identity token that the shop's server signed"},
        "pass": {"type": "string", "description": "what an earlier answer gave, instead of a token"},
        "session": {"type": "string", "maxLength": LONGEST_SESSION, "description": "of this browser window"},
        "known": {"type": "string", "description": "the `version` of the answer that the page has"},
        "acts": {
            "type": "array",
            "maxItems": acts.MOST,
            "items": {
                "type": "object",
                "properties": {
                    "key": {"type": "string", "format": "uuid"},
                    "what": {"type": "string", "enum": list(acts.COLUMNS)},
                    "link": {"type": "string"},
                },
            },
        },
    },
}
ANSWERS = {
    200: "The messages, or `unchanged`.",
    400: "The body cannot be read.",
    401: "No key that works, or nothing proves who it is.",
    403: "The key does not work on this web address, or the visitor is another customer's.",
    413: "Too large.",
    429: "Too many calls; wait for Retry-After.",
}


def take(request: HttpRequest, *, fetch: bool) -> HttpResponse:
    at, origin = timezone.now(), request.headers.get("Origin", "")
    try:
        body = _body(request)
        origin = pages.origin(request, key := _key(body, request))
        if limits.exceeded(key, client.address(request), at, "inbox"):
            raise CallRefused(429, "Too many calls in a minute from this address.")
        visit = visits.of(key, body.get("anonymousId"), body.get("token"), body.get("pass"), at)
        session = str(body.get("session") or "")[:LONGEST_SESSION]
        acts.record(acts.read(body.get("acts")), visit.customer_id, session, at)
        answer = _messages(visit, session, body.get("known")) if fetch else {"success": True}
    except CallRefused as why:
        return _closed(pages.refusal(why, origin, "inbox"))
    return _closed(pages.shared(JsonResponse(answer), origin))


def _messages(visit: visits.Visit, session: str, known: Any) -> dict[str, Any]:
    at = timezone.now()
    rows = shelf.open_rows(visit.customer_id, session, at)
    shelf.hand_over(rows, at)
    answer = shelf.told(rows, visit.customer_id, at)
    if known == answer["version"]:
        answer = {"unchanged": True, "version": known, "every": shelf.EVERY}
    return answer | ({"pass": visit.new_pass} if visit.new_pass else {})


def _body(request: HttpRequest) -> dict[str, Any]:
    length = request.headers.get("Content-Length", "0")
    if not length.isdigit() or int(length) > MOST_BYTES or len(request.body) > MOST_BYTES:
        raise CallRefused(413, f"A call may have {MOST_BYTES} bytes.")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise CallRefused(400, "The body must be an object in JSON.") from error
    if not isinstance(body, dict):
        raise CallRefused(400, "The body must be an object in JSON.")
    return body


def _key(body: dict[str, Any], request: HttpRequest) -> ApiKey:
    said = body.get("writeKey")
    key = keys.find(said, timezone.now()) if isinstance(said, str) else None
    if key is None or key.kind != ApiKey.Kind.BROWSER:
        raise CallRefused(401, "No browser key of this installation that works.")
    return key


def _closed(answer: JsonResponse) -> JsonResponse:
    """Hers alone: kept by nobody on the way."""
    answer["Cache-Control"] = "no-store"
    del answer["WWW-Authenticate"]
    return answer


def _add(path: str, name: str, summary: str, *, fetch: bool) -> None:
    def call(request: HttpRequest) -> HttpResponse:
        return pages.preflight(request) if request.method == "OPTIONS" else take(request, fetch=fetch)

    call.__name__ = name
    described = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": CALL}}},
        "responses": {
            code: {"description": text, "content": {"application/json": {"schema": {"type": "object"}}}}
            for code, text in ANSWERS.items()
        },
    }
    for method in ("POST", "OPTIONS"):
        router.add_api_operation(
            path,
            [method],
            call,
            auth=None,
            response=None,
            summary=summary,
            operation_id=name if method == "POST" else None,
            openapi_extra=described if method == "POST" else None,
            include_in_schema=method == "POST",
            url_name=name,
        )


_add("/inbox", "inbox", "The messages of her who is signed in", fetch=True)
_add("/inbox/acts", "inbox_acts", "What she did with messages", fetch=False)


@api_routers.register
class Inbox(ApiRouter):
    key = "inbox"
    router = router
    public = True
