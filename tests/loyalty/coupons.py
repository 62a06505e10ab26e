"""Offers, coupons, codes and baskets for the tests of coupons."""

from datetime import date
from itertools import count
from typing import Any

from loyalty.coupons import issuing, windows
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.coupons.leasing import LeaseWish
from loyalty.coupons.redemptions import Wish
from loyalty.models import Coupon, CouponCode, Offer
from tests.factories import StoreFactory
from tests.loyalty.points import NOON

_numbers = count(1)


def coupon(*rules: dict[str, Any], offer: dict[str, Any] | None = None, **fields: Any) -> Coupon:
    """A coupon of 10 percent with these rules."""
    given = {"name": "Zehn Prozent", "percent": 10, "currency": "EUR", "rules": list(rules)} | (offer or {})
    made = Coupon(offer=Offer.objects.create(**given), **{"name": "Herbst", "kind": "generic"} | fields)
    windows.derive(made)
    made.save()
    return made


def rule(key: str, **params: Any) -> dict[str, Any]:
    return {"key": key, "params": params}


def code(of: Coupon, text: str = "", **fields: Any) -> CouponCode:
    made = issuing.publish(of, text or f"HERBST{next(_numbers)}X", NOON)
    if fields:
        CouponCode.objects.filter(pk=made.pk).update(**fields)
    return made


def basket(*lines: tuple[str, int] | tuple[str, int, str], **fields: Any) -> Basket:
    """Lines are (sku, cents) or (sku, cents, category)."""
    made = tuple(BasketLine(line[0], 1, line[1], *line[2:]) for line in lines or [("mug", 5000)])
    return Basket(made, **{"currency": "EUR", "on": date(2026, 11, 2)} | fields)


def wish(text: str, order: str = "", **fields: Any) -> Wish:
    number = str(next(_numbers))
    return Wish(
        text,
        **{"basket": basket(), "order_key": order or number, "source": "shop", "reference": number} | fields,
    )


def lease_wish(text: str, quantity: int = 3, most: int = 500, **fields: Any) -> LeaseWish:
    """Of a till of a store of its own, unless `store` is given."""
    place = {} if "store" in fields else {"store": StoreFactory()}
    about = {"till": "T1", "source": "till", "reference": str(next(_numbers))} | place | fields
    return LeaseWish(text, quantity=quantity, most=most, **about)
