"""Paying with gift cards, and paying back, for shops and tills."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from ninja import Router

from customers import idempotency
from customers.api.routers import ApiRouter, api_routers
from customers.models import ApiKey, Store
from loyalty import api_calls as calls
from loyalty.api_rows import Charge, Refund
from loyalty.coupons.codes import normalise
from loyalty.gift_cards import bookings
from loyalty.gift_cards.bookings import Order
from loyalty.gift_cards.refusals import Refused
from loyalty.models import GiftCard, GiftEntry

SCOPE = "gift_cards"
router = Router(tags=["gift cards"])


@router.post("/gift-cards/charge", summary="Pay for an order with a gift card")
def charge_gift_card(request: HttpRequest, body: Charge) -> JsonResponse:
    key, at = calls.key_of(request), timezone.now()

    def work(reference: str, at: datetime) -> idempotency.Answer:
        store = calls.store(key, body.store)
        card = bookings.find(normalise(body.code))
        order = _order(key, reference, body, store, body.order)
        return 200, _said(bookings.charge(card.pk, order, at))

    caller = calls.caller(request, "gift cards", key, body.visitor)
    return calls.written(request, SCOPE, at, work, caller, redeeming=True)


@router.post("/gift-cards/refund", summary="Pay back what was paid with a gift card, in whole or in part")
def refund_gift_card(request: HttpRequest, body: Refund) -> JsonResponse:
    key = calls.key_of(request)

    def work(reference: str, at: datetime) -> idempotency.Answer:
        store = calls.store(key, body.store)
        paid = GiftEntry.objects.filter(source=key.source, reference=body.charge, kind=GiftEntry.Kind.CHARGE)
        if key.kind == ApiKey.Kind.TILL:
            paid = paid.filter(store=store)
        found = paid.first()
        if found is None:
            raise Refused("charge")
        return 200, _said(bookings.refund(found.pk, _order(key, reference, body, store, found.order_key), at))

    return calls.written(request, SCOPE, timezone.now(), work, redeeming=True)


def _order(key: ApiKey, reference: str, body: Charge | Refund, store: Store | None, order: str) -> Order:
    amount = calls.minor(body.amount, body.currency, "amount")
    place = store.pk if store else None
    return Order(amount, key.source, reference, body.currency, order, place)


def _said(entry: GiftEntry) -> dict[str, Any]:
    card = GiftCard.objects.get(pk=entry.card_id)
    return {
        "reference": entry.reference,
        "order": entry.order_key,
        "amount": calls.major(abs(entry.amount), card.currency),
        "balance": calls.major(card.balance, card.currency),
        "currency": card.currency,
        "vat": card.vat,
        "endsIn": card.last4,
    }


@api_routers.register
class GiftCards(ApiRouter):
    key = "gift_cards"
    router = router
