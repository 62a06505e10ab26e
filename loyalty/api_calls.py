"""What the calls of loyalty's API have in common: who calls, what may be read, how a refusal is answered."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django.http import HttpRequest, JsonResponse

from config import client, formats
from customers import idempotency
from customers.models import ApiKey, Store
from customers.tracking import profiles
from loyalty.coupons import guessing
from loyalty.coupons import refusals as coupon_refusals
from loyalty.coupons.guessing import Caller
from loyalty.coupons.offers import DamagedRule
from loyalty.coupons.redemptions import OtherRedemption
from loyalty.gift_cards import refusals as card_refusals
from loyalty.gift_cards.bookings import OtherBooking

LONGEST_KEY = 100  # a redemption keeps it
Work = Callable[[str, datetime], idempotency.Answer]


class Faulty(Exception):
    """A call that cannot be done: the field that is wrong, and what to write instead."""

    def __init__(self, sentence: str, field: str = "", status: int = 422, code: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.field, self.status, self.code = sentence, field, status, code


def key_of(request: HttpRequest) -> ApiKey:
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    return key


def asked(request: HttpRequest, scope: str, work: Callable[[], Any]) -> JsonResponse:
    """Answer a call of a key with this scope with what `work` gives, or with the sentence why not."""
    if scope not in key_of(request).scopes:
        return refusal(f"This key may not: it lacks “{scope}”.", status=403)
    try:
        answer = work()
    except Faulty as why:
        return refusal(why.sentence, field=why.field, code=why.code, status=why.status)
    except (coupon_refusals.Refused, card_refusals.Refused) as why:
        return refusal(why.sentence, code=why.code)
    except guessing.TooMany:
        return held_back()
    except idempotency.OtherRequest:
        return refusal("This Idempotency-Key was used for another request.", status=409)
    except (OtherRedemption, OtherBooking):
        return refusal("This key was used for something else.", status=409)
    except DamagedRule:
        return refusal("A rule of this coupon cannot be read: open it in the coupon editor.", status=409)
    return answer if isinstance(answer, JsonResponse) else JsonResponse(answer)


def written(
    request: HttpRequest, scope: str, at: datetime, work: Work, caller: Caller | None = None
) -> JsonResponse:
    """Like `asked`, for a call that writes: once for each Idempotency-Key, which `work` gets as its reference."""

    def once() -> JsonResponse:
        key, reference = key_of(request), request.headers.get("Idempotency-Key", "")
        if not 0 < len(reference) <= LONGEST_KEY or not reference.isprintable():
            said = f"Name the case in the header Idempotency-Key, in 1 to {LONGEST_KEY} characters."
            raise Faulty(said, "Idempotency-Key", 400)
        mark = idempotency.fingerprint(request.method or "", request.path, request.body)

        def answer() -> idempotency.Answer:
            return idempotency.once(key, reference, mark, at, lambda: work(reference, at))

        if caller is None:
            status, body = answer()
        else:
            with guessing.attempt(caller, at):
                status, body = answer()
        return JsonResponse(body, status=status)

    return asked(request, scope, once)


def caller(request: HttpRequest, door: str, key: ApiKey | None, visitor: str = "") -> Caller:
    return Caller(door, key, client.address(request), visitor)


def source(key: ApiKey) -> str:
    """What a shop's references belong to; a key that takes another's place goes on with them."""
    return key.source[:40]


def store(key: ApiKey, number: str) -> Store | None:
    """The store of the call: a till's own, whatever it says. Raises Faulty."""
    if key.kind == ApiKey.Kind.TILL:
        if key.store is None or number not in ("", key.store.number):
            raise Faulty("This key belongs to a till of another store.", "store", 403)
        return key.store
    if not number:
        return None
    found = Store.objects.filter(number=number).first()
    if found is None:
        raise Faulty(f"There is no store “{number[:40]}”.", "store")
    return found


def customer(key: ApiKey, number: str) -> int | None:
    """The living customer with this number of the key's source. Raises Faulty."""
    if not number:
        return None
    found = profiles.living(number, key.source)
    if found is None:
        raise Faulty("There is no customer with this number.", "customer")
    return found


def minor(amount: Decimal, currency: str, field: str) -> int:
    """Major units as they are written in calls, in minor units. Raises Faulty for more digits than there are."""
    scaled = amount.scaleb(get_currency_precision(currency))
    if scaled != scaled.to_integral_value():
        raise Faulty(f"An amount in {currency} has at most {get_currency_precision(currency)} digits.", field)
    return int(scaled)


def major(amount: int, currency: str) -> str:
    return str(formats.major(amount, currency))


def refusal(sentence: str, *, field: str = "", code: str = "", status: int = 422) -> JsonResponse:
    more = {name: said for name, said in (("field", field), ("code", code)) if said}
    return JsonResponse({"detail": sentence} | more, status=status)


def held_back() -> JsonResponse:
    answer = refusal("Too many codes in a minute.", status=429)
    answer["Retry-After"] = str(guessing.MINUTE)
    return answer
