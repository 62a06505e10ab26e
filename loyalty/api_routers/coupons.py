"""Codes of coupons for shops and checkouts: check, reserve, redeem, release, reverse, list, issue."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from config import clocks
from customers import idempotency
from customers.api.routers import ApiRouter, api_routers
from customers.models import ApiKey, Shop
from loyalty import api_calls as calls
from loyalty.api_calls import Faulty, Whom
from loyalty.api_rows import BasketRow, Check, Ended, IssueCode, Redeem
from loyalty.coupons import giving, guessing, holding, issuing, quotes, reading, redemptions
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.coupons.codes import normalise
from loyalty.coupons.redemptions import Wish
from loyalty.models import Coupon, CouponCode, Redemption
from loyalty.models.redemption import LIVE
from loyalty.till import sales

SCOPE, ISSUE_SCOPE = "coupons", "issue_codes"
DOOR = "coupons"
MOST_CODES = 100
router = Router(tags=["coupons"])


def basket_of(row: BasketRow, at: datetime, store: str, zone: str = "") -> Basket:
    """As coupon rules see it, at a store with this number ("": online)."""
    lines = tuple(
        BasketLine(
            each.sku,
            each.quantity,
            calls.minor(each.amount, row.currency, f"lines.{n}.amount"),
            each.category,
            each.brand,
        )
        for n, each in enumerate(row.lines)
    )
    on = clocks.local_day(at, zone) if zone else Shop.day(at)
    return Basket(lines, row.currency, on, store, row.channel)


@router.post("/coupons/check", summary="What a code takes off a basket; nothing is booked")
def check_code(request: HttpRequest, body: Check) -> JsonResponse:
    at, key = timezone.now(), calls.key_of(request)

    def work() -> dict[str, Any]:
        with guessing.attempt(calls.caller(request, DOOR, key, body.visitor), at):
            quote = quotes.quote(_wish(key, body, body.order, "", at), at)
        return {"valid": True, "discount": calls.major(quote.amount, body.basket.currency)} | _code(
            quote.code
        )

    return calls.asked(request, SCOPE, work, whom=Whom(body.customer))


@router.post("/coupons/reserve", summary="Keep a code for an order that is not paid yet, for half an hour")
def reserve_code(request: HttpRequest, body: Redeem) -> JsonResponse:
    return _book(request, body, redemptions.reserve)


@router.post("/coupons/redeem", summary="Redeem a code for an order, also one that is reserved for it")
def redeem_code(request: HttpRequest, body: Redeem) -> JsonResponse:
    return _book(request, body, redemptions.redeem)


@router.post("/coupons/release", summary="Give up a reservation")
def release_code(request: HttpRequest, body: Ended) -> JsonResponse:
    return _end(request, body, lambda row, at: redemptions.release(row.source, row.reference, at))


@router.post("/coupons/reverse", summary="Roll a redemption back, because its order was cancelled")
def reverse_code(request: HttpRequest, body: Ended) -> JsonResponse:
    """By a till as at its page: within five minutes, and audited."""
    key = calls.key_of(request)

    def reverse(row: Redemption, at: datetime) -> bool:
        if key.kind != ApiKey.Kind.TILL or row.state not in LIVE:
            return redemptions.reverse(row.source, row.reference, at)
        sales.undo(row, None, at, key=key.pk)
        return True

    return _end(request, body, reverse)


@router.get("/coupons/codes", summary="The codes that a customer can use now")
def customer_codes(request: HttpRequest, customer: str) -> JsonResponse:
    at, key = timezone.now(), calls.key_of(request)

    def work() -> dict[str, Any]:
        found = _valid(calls.customer(key, customer[:120]), at)
        return {"codes": [_code(each) for each in found[:MOST_CODES]], "more": len(found) > MOST_CODES}

    return calls.asked(request, SCOPE, work, whom=Whom(customer[:120]))


@router.post(
    "/coupons/{coupon_id}/issue",
    summary="Give a customer a code of a pool",
    openapi_extra={"responses": {201: {"description": "Her code."}}},
)
def issue_code(request: HttpRequest, coupon_id: int, body: IssueCode) -> JsonResponse:
    key = calls.key_of(request)

    def work(reference: str, at: datetime) -> idempotency.Answer:
        coupon = Coupon.objects.filter(pk=coupon_id).first() if 0 < coupon_id < 2**63 else None
        if coupon is None or coupon.kind != Coupon.Kind.POOL:
            raise Faulty(_("There is no coupon with codes to give away under this number."), "coupon", 404)
        ended = _("This coupon cannot be redeemed: it is switched off, over or used up.")
        if not giving.can_be_redeemed(coupon, at):
            raise Faulty(ended, "coupon", code="ended")
        person = calls.customer(key, body.customer) or 0
        name = hashlib.sha256(f"{calls.source(key)}/{reference}".encode()).hexdigest()[:40]
        try:
            code = issuing.issue(coupon, [person], f"api/{name}", at).get(person)
        except issuing.PoolEmpty:
            reason, mend = _("No code of this coupon is left."), _("Have more codes made.")
            raise Faulty(reason, "coupon", 409, "no_code", mend) from None
        if code is None:  # its days would be over
            raise Faulty(ended, "coupon", code="ended")
        code.coupon = coupon
        return 201, _code(code)

    return calls.written(request, ISSUE_SCOPE, timezone.now(), work, whom=Whom(body.customer))


# --- Inside ---


def _book(request: HttpRequest, body: Redeem, book: Any) -> JsonResponse:
    key, at = calls.key_of(request), timezone.now()

    def work(reference: str, at: datetime) -> idempotency.Answer:
        made: Redemption = book(_wish(key, body, body.order, reference, at), at)
        return 200, _redemption(made)

    caller = calls.caller(request, DOOR, key, body.visitor)
    return calls.written(request, SCOPE, at, work, caller, whom=Whom(body.customer), redeeming=True)


def _end(request: HttpRequest, body: Ended, end: Callable[[Redemption, datetime], bool]) -> JsonResponse:
    """A repeated call finds it ended already: no key is needed."""
    key = calls.key_of(request)

    def work() -> dict[str, Any]:
        said = Q(reference=body.reference) | Q(confirmed_by=body.reference)
        rows = Redemption.objects.filter(said, source=calls.source(key))
        if key.kind == ApiKey.Kind.TILL:
            rows = rows.filter(store=key.store)
        row = rows.first()
        if row is None:
            raise Faulty(_("There is no redemption with this reference."), "reference", 404)
        ended = end(row, timezone.now())
        row.refresh_from_db()
        return {"ended": ended} | _redemption(row)

    return calls.asked(request, SCOPE, work, redeeming=True)


def _wish(key: ApiKey, body: Check, order: str, reference: str, at: datetime) -> Wish:
    store = calls.store(key, body.basket.store)
    basket = basket_of(body.basket, at, store.number if store else "", store.time_zone if store else "")
    person = calls.customer(key, body.customer) or _holder(key, body.code)
    return Wish(body.code, basket, order, calls.source(key), reference, person)


def _holder(key: ApiKey, text: str) -> int | None:
    """As at the till's page: who shows a coupon of somebody's own without being named there is its holder, whose name a
    till of another store does not hear."""
    found = reading.code(normalise(text)) if key.kind == ApiKey.Kind.TILL else None
    return found.customer_id if found else None


def _valid(customer_id: int | None, at: datetime) -> list[CouponCode]:
    """One more than are answered, the one first that ends first."""
    found = holding.usable(customer_id or 0, at).order_by("valid_until", "pk")
    return list(found[: MOST_CODES + 1])


def _code(code: CouponCode) -> dict[str, Any]:
    ends = min(filter(None, (code.valid_until, code.coupon.valid_until)), default=None)
    return {
        "code": code.label,
        "coupon": code.coupon_id,
        "name": code.coupon.name,
        "validUntil": ends.isoformat() if ends else None,
    }


def _redemption(made: Redemption) -> dict[str, Any]:
    return {
        "reference": made.reference,
        "order": made.order_key,
        "state": str(made.state),
        "discount": calls.major(made.amount, made.currency),
        "currency": made.currency,
        "reservedUntil": made.expires_at.isoformat() if made.expires_at else None,
    }


@api_routers.register
class Coupons(ApiRouter):
    key = "coupons"
    router = router
