"""Web push in shops' pages: what to ask, a browser that has agreed, one that is switched off, what became of a message.

A browser key is public. So whoever holds it can only speak for the browser that calls: that somebody is a customer
counts with a token that the shop's server has signed, and a browser's entry is changed with its own secret only.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from channels import tracking
from channels.delivery import mails, outcomes
from channels.models import Channel, Delivery, DeliveryEvent
from channels.push import labels, prompt, registration, services
from channels.push.registration import BadSubscription, Keys, Old, Owner, Seen, Stale
from config import client
from customers.api import pages
from customers.api.auth import secret_of
from customers.api.routers import ApiRouter, api_routers
from customers.models import ApiKey
from customers.tracking import identity_tokens, keys, limits, profiles
from customers.tracking.reading import CallRefused

router = Router(tags=["push"])
MOST_BYTES = 16_000


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore")

    writeKey: str = Field("", max_length=80)


class Ask(Body):
    language: str = Field("", max_length=20)


class SubscriptionKeys(BaseModel):
    p256dh: str = Field(max_length=100)
    auth: str = Field(max_length=40)


class Given(BaseModel):
    """As browsers write a PushSubscription."""

    endpoint: str = Field(max_length=services.LONGEST)
    keys: SubscriptionKeys


class Replaced(BaseModel):
    endpoint: str = Field(max_length=services.LONGEST)
    auth: str = Field(max_length=40)


class Subscribe(Body):
    """`prompt`: the name of what she was asked just now; `token` and `userId`: who she is, as for identify."""

    anonymousId: str = Field("", max_length=120)
    userId: str = Field("", max_length=120)
    token: str = Field("", max_length=2000)
    subscription: Given
    publicKey: str = Field(max_length=100)
    prompt: str = Field("", max_length=40)
    replaces: Replaced | None = None


class Remove(Body):
    endpoint: str = Field(max_length=services.LONGEST)
    auth: str = Field(max_length=40)


class Report(BaseModel):
    """`ref`: the message's name as it stood in it; `what`: shown or closed."""

    ref: str = Field(max_length=60)
    what: str = Field(max_length=10)


def _key(request: HttpRequest, body: Body) -> ApiKey:
    at = timezone.now()
    key = keys.find(secret_of(request) or body.writeKey, at)
    if key is None or key.kind != ApiKey.Kind.BROWSER:
        raise CallRefused(401, "No browser key of this installation that works.")
    pages.origin(request, key)
    if limits.exceeded(key, client.address(request), at):
        raise CallRefused(429, "Too many calls in a minute from this address.")
    return key


def _read(request: HttpRequest, model: type[Any]) -> Any:
    if len(request.body) > MOST_BYTES:
        raise CallRefused(413, f"A call may have {MOST_BYTES} bytes.")
    if b"\\u0000" in request.body:
        raise CallRefused(400, "A text holds a sign that no text holds.")
    try:
        return model.model_validate_json(request.body)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, fault["loc"])) or "body"
        raise CallRefused(400, f"{where}: {fault['msg']}") from error


def _prompt(request: HttpRequest, key: ApiKey, body: Ask) -> dict[str, Any]:
    return prompt.shown(body.language, timezone.now())


def _subscribe(request: HttpRequest, key: ApiKey, body: Subscribe) -> dict[str, Any]:
    at, given = timezone.now(), body.subscription
    asked = prompt.evidence(body.prompt)
    if asked:
        asked |= {"source": request.headers.get("Origin", ""), "ip": client.address(request)}
    try:
        registration.register(
            Keys(given.endpoint, given.keys.p256dh, given.keys.auth, body.publicKey),
            Owner(_customer(key, body), body.anonymousId),
            Seen(labels.browser(request.headers.get("User-Agent", "")), asked, _old(body)),
            at,
        )
    except BadSubscription as error:
        raise CallRefused(400, f"subscription: {error}") from error
    except Stale:
        return {"success": False, "renew": True, "reason": "Subscribe anew, with the key of push/prompt."}
    return {"success": True}


def _old(body: Subscribe) -> Old | None:
    return Old(body.replaces.endpoint, body.replaces.auth) if body.replaces else None


def _customer(key: ApiKey, body: Subscribe) -> int | None:
    """Who she is, if the shop's server has signed it and we know her."""
    if not identity_tokens.holds(key, body.token, body.userId, timezone.now()):
        return None
    return profiles.living(body.userId, key.source)


def _remove(request: HttpRequest, key: ApiKey, body: Remove) -> dict[str, Any]:
    """The same answer whether it was there: an endpoint is a secret."""
    registration.remove(body.endpoint, body.auth, timezone.now())
    return {"success": True}


def _take(request: HttpRequest, model: type[Any], work: Callable[..., dict[str, Any]]) -> HttpResponse:
    named = request.headers.get("Origin", "")
    try:
        body = _read(request, model)
        answer = work(request, _key(request, body), body)
    except CallRefused as why:
        return pages.refusal(why, named, "push")
    return pages.shared(JsonResponse(answer), named)


REPORTS = {"shown": DeliveryEvent.Kind.DELIVERED, "closed": DeliveryEvent.Kind.DISMISSED}


def push_report(request: HttpRequest) -> HttpResponse:
    """From the service worker, without a key: the message's own name is signed. Told once, and only where she
    agrees that it may be known."""
    if request.method == "OPTIONS":
        return pages.preflight(request)
    try:
        body: Report = _read(request, Report)
    except CallRefused as why:
        return pages.refusal(why, "", "push")
    at, kind = timezone.now(), REPORTS.get(body.what)
    delivery_id = mails.delivery_of(body.ref)
    if kind is None or delivery_id is None:
        return pages.refusal(CallRefused(400, "ref or what: not known."), "", "push")
    known = tracking.may_know([delivery_id])
    if Delivery.objects.filter(pk__in=known, channel=Channel.PUSH).exists():
        outcomes.record([outcomes.Event(kind, f"push:{delivery_id}:{body.what}", at, delivery_id)], at)
    return JsonResponse({"success": True})


def _add(
    name: str, summary: str, model: type[BaseModel], call: Callable[[HttpRequest], HttpResponse]
) -> None:
    extra = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": _plain(model)}}},
        "responses": {
            code: {"description": text, "content": {"application/json": {"schema": {"type": "object"}}}}
            for code, text in ANSWERS.items()
        },
    }
    call.__name__ = f"push_{name}"
    router.add_api_operation(
        f"/push/{name}",
        ["POST"],
        call,
        auth=None,
        summary=summary,
        operation_id=f"push_{name}",
        openapi_extra=extra,
        response=None,
        url_name=f"push_{name}",
    )
    router.add_api_operation(
        f"/push/{name}", ["OPTIONS"], call, auth=None, include_in_schema=False, url_name=f"push_{name}"
    )


def _plain(model: type[BaseModel]) -> dict[str, Any]:
    """The model's schema in one piece: the document has no place for parts of ours."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def opened(value: Any) -> Any:
        if isinstance(value, dict):
            named = value.get("$ref", "").rpartition("/")[2]
            return opened(parts[named]) if named else {key: opened(each) for key, each in value.items()}
        return [opened(each) for each in value] if isinstance(value, list) else value

    made: dict[str, Any] = opened(schema)
    return made


ANSWERS = {
    200: "Done. `renew`: the browser has to subscribe anew.",
    400: "The body cannot be read; `reason` names the field.",
    401: "No browser key that works.",
    403: "The key does not work on this web address.",
    413: "Too large.",
    429: "Too many calls; wait for Retry-After.",
}


def _door(model: type[Body], work: Callable[..., dict[str, Any]]) -> Callable[[HttpRequest], HttpResponse]:
    def call(request: HttpRequest) -> HttpResponse:
        return pages.preflight(request) if request.method == "OPTIONS" else _take(request, model, work)

    return call


_add("prompt", "What to ask before the browser asks, and our public key", Ask, _door(Ask, _prompt))
_add(
    "subscribe",
    "A browser that takes push messages, new or seen again",
    Subscribe,
    _door(Subscribe, _subscribe),
)
_add("remove", "A browser that takes no more push messages", Remove, _door(Remove, _remove))
_add("report", "What became of a push message on the screen", Report, push_report)


@api_routers.register
class Push(ApiRouter):
    key = "push"
    router = router
    public = True
