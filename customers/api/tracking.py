"""The tracking API as Segment's client libraries speak it: track, identify, page, screen, alias, group, batch."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Router

from config import client
from customers.api import pages, refusals
from customers.api.auth import secret_of
from customers.models import ApiKey
from customers.tracking import inbox, keys, limits, reading
from customers.tracking.reading import CallRefused, Reading

router = Router(tags=["tracking"])
# Each with the short name that the vendor's browser library posts to.
CALLS = {
    "track": "t",
    "identify": "i",
    "page": "p",
    "screen": "s",
    "alias": "a",
    "group": "g",
    "batch": "b",
}
MESSAGE = {
    "type": "object",
    "properties": {
        "messageId": {"type": "string", "maxLength": 255},
        "userId": {"type": "string", "maxLength": 255},
        "anonymousId": {"type": "string", "maxLength": 255},
        "event": {"type": "string"},
        "name": {"type": "string"},
        "properties": {"type": "object"},
        "traits": {"type": "object"},
        "context": {"type": "object"},
        "timestamp": {"type": "string", "format": "date-time"},
        "sentAt": {"type": "string", "format": "date-time"},
    },
}
BATCH = {
    "type": "object",
    "required": ["batch"],
    "properties": {"batch": {"type": "array", "maxItems": reading.MOST_MESSAGES, "items": MESSAGE}},
}


def take(request: HttpRequest, kind: str) -> HttpResponse:
    """Answer one call: 200 when what could be taken is safe in the database."""
    at = timezone.now()
    try:
        data = _body(request)
        key = keys.find(secret_of(request) or reading.write_key(data), at)
        if key is None or not _may_track(key):
            raise CallRefused(401, "No key of this installation that works for tracking.")
        origin = pages.origin(request, key)
        if limits.exceeded(key, client.address(request), at):
            raise CallRefused(429, "Too many calls in a minute from this address.")
        read = reading.read(data, kind, key, at)
        if not inbox.keep(key, read, at):
            raise CallRefused(401, "This key has stopped working.")
    except CallRefused as why:
        return pages.refusal(why, request.headers.get("Origin", ""), "tracking")
    return pages.shared(_answer(read, kind), origin)


def _body(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length", "0")
    if length.isdigit() and int(length) > reading.MOST_BYTES:
        raise CallRefused(413, f"A call may have {reading.MOST_BYTES} bytes; send less at a time.")
    return reading.unpacked(request.body, request.headers.get("Content-Encoding", "").strip().lower())


def _may_track(key: ApiKey) -> bool:
    return key.kind == ApiKey.Kind.BROWSER or "track" in key.scopes


def _answer(read: Reading, kind: str) -> JsonResponse:
    refused = [
        {"index": each.index, "messageId": each.message_id, "reason": each.reason} for each in read.refused
    ]
    if kind == "batch":
        return JsonResponse({"success": True, "rejected": refused} if refused else {"success": True})
    if refused:
        return refusals.answer(400, str(refused[0]["reason"]), more={"success": False})
    return JsonResponse({"success": True})


def ignore(request: HttpRequest) -> HttpResponse:
    """The vendor's browser library also tells its maker how it is doing: answered, not kept."""
    return JsonResponse({"success": True})


def _add(name: str, address: str, described: bool) -> None:
    body = BATCH if name == "batch" else MESSAGE
    extra: dict[str, Any] = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            code: {"description": text, "content": {"application/json": {"schema": {"type": "object"}}}}
            for code, text in (
                (200, "Safe. `rejected` names the messages of a batch that were not taken, with the reason."),
                (400, "The body or the message cannot be read; `reason` says why."),
                (401, "No key that works."),
                (403, "The key does not work on this web address."),
                (413, "Too large."),
                (415, "Packed in a way that we do not unpack."),
                (429, "Too many calls; wait for Retry-After."),
            )
        },
    }

    def call(request: HttpRequest) -> HttpResponse:
        return pages.preflight(request) if request.method == "OPTIONS" else take(request, name)

    call.__name__ = f"{name}_{address}"
    router.add_api_operation(
        f"/{address}",
        ["POST"],
        call,
        auth=None,
        summary=f"Segment's {name} call",
        operation_id=f"tracking_{address.replace('/', '_')}",
        openapi_extra=extra,
        include_in_schema=described,
        response=None,
        url_name=f"tracking_{address.rstrip('/')}",
    )
    router.add_api_operation(
        f"/{address}",
        ["OPTIONS"],
        call,
        auth=None,
        include_in_schema=False,
        url_name=f"tracking_{address.rstrip('/')}",
    )


for _name, _short in CALLS.items():
    _add(_name, _name, described=True)
    # Each short name and each closing slash is what one of the vendor's libraries posts to.
    for _address in (_short, f"{_name}/"):
        _add(_name, _address, described=False)
for _address in ("import", "import/"):
    _add("batch", _address, described=False)
router.add_api_operation("/m", ["POST"], ignore, auth=None, include_in_schema=False, url_name="tracking_m")
