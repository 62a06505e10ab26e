"""What everybody may ask: what a code takes off, and what is left on a gift card. One answer for every refusal."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Router

from customers.api import pages, refusals
from customers.api.auth import secret_of
from customers.api.routers import ApiRouter, api_routers
from customers.models import ApiKey
from customers.tracking import keys
from customers.tracking.reading import CallRefused
from loyalty import api_calls as calls
from loyalty.api_calls import Faulty
from loyalty.api_routers.coupons import basket_of
from loyalty.api_rows import Balance, PublicCheck
from loyalty.coupons import apply_links, guessing, public
from loyalty.coupons import refusals as coupon_refusals
from loyalty.coupons.codes import normalise
from loyalty.gift_cards import bookings
from loyalty.gift_cards import refusals as card_refusals

GIFT_SCOPE = "gift_cards"
router = Router(tags=["coupons"])
Work = Callable[[ApiKey | None], dict[str, Any]]


@router.post("/coupons/try", summary="What a code takes off, for pages: no reason is told", auth=None)
def try_code(request: HttpRequest, body: PublicCheck) -> HttpResponse:
    at = timezone.now()

    def work(key: ApiKey | None) -> dict[str, Any]:
        basket = basket_of(body.basket, at, body.basket.store)
        text = apply_links.code(body.link, at) if body.link else body.code
        with guessing.attempt(calls.caller(request, "try", _public(key), body.visitor), at):
            worth = public.check(text, basket, at)
        return {"valid": True, "discount": calls.major(worth, basket.currency)}

    return _answer(request, body.writeKey, work)


@router.post("/gift-cards/balance", summary="What is left on a gift card", auth=None)
def gift_card_balance(request: HttpRequest, body: Balance) -> HttpResponse:
    """Who has the code may know. A key with the scope gift_cards also hears why a card cannot be used."""
    at = timezone.now()

    def work(key: ApiKey | None) -> dict[str, Any]:
        trusted = key if key is not None and GIFT_SCOPE in key.scopes and _public(key) is not key else None
        with guessing.attempt(calls.caller(request, "balance", trusted or _public(key), body.visitor), at):
            try:
                return _balance(body, trusted, at)
            except card_refusals.Refused as refused:
                raise refused if trusted else refused.for_everybody() from None

    return _answer(request, body.writeKey, work)


def _balance(body: Balance, trusted: ApiKey | None, at: Any) -> dict[str, Any]:
    """The same two statements for every card that cannot be used."""
    card = bookings.look_up(normalise(body.code))
    accepted = bookings.accepted_in(card.pk if card else 0)
    if card is None:
        raise card_refusals.Refused(card_refusals.UNKNOWN)
    if trusted is None:
        bookings.check(card, at, None, ())
    else:
        store = calls.store(trusted, body.store)
        bookings.check(card, at, store.pk if store else None, accepted)
    return {
        "valid": True,
        "balance": calls.major(card.balance, card.currency),
        "currency": card.currency,
        "validUntil": card.ends_on.isoformat(),
        "endsIn": card.last4,
    }


def _public(key: ApiKey | None) -> ApiKey | None:
    """The key as far as it is one for pages; whoever comes with another is a stranger at these doors."""
    return key if key is not None and key.kind == ApiKey.Kind.BROWSER else None


def _answer(request: HttpRequest, write_key: str, work: Work) -> HttpResponse:
    named = request.headers.get("Origin", "")
    try:
        key = _key(request, write_key)
        named = pages.origin(request, key) if key else ""
        answer = pages.shared(_said(lambda: work(key)), named)
    except CallRefused as why:
        answer = pages.refusal(why, named, "codes")
    answer["Cache-Control"] = "no-store"
    return answer


def _said(work: Callable[[], dict[str, Any]]) -> JsonResponse:
    try:
        return JsonResponse(work())
    except (coupon_refusals.Refused, card_refusals.Refused) as why:
        return JsonResponse({"valid": False} | refusals.body(why.code, why.sentence, field="code"))
    except guessing.TooMany:
        return calls.held_back()
    except Faulty as why:
        return calls.refusal(why)


def _key(request: HttpRequest, write_key: str) -> ApiKey | None:
    """None without a key. Raises CallRefused for one that does not work."""
    secret = secret_of(request) or write_key
    key = keys.find(secret, timezone.now()) if secret else None
    if secret and key is None:
        raise CallRefused(401, "No key of this installation that works.")
    return key


def _preflight(request: HttpRequest) -> HttpResponse:
    return pages.preflight(request)


for _path in ("/coupons/try", "/gift-cards/balance"):
    router.add_api_operation(
        _path,
        ["OPTIONS"],
        _preflight,
        auth=None,
        response=None,
        include_in_schema=False,
        url_name="codes_preflight",
    )


@api_routers.register
class PublicCodes(ApiRouter):
    key = "public_codes"
    router = router
    public = True
