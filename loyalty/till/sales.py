"""Redeeming at the till: the basket from what a cashier can say of it, and undoing within five minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from config import clocks
from customers import audit
from customers.models import Product, Store, User
from loyalty.coupons import redemptions
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.coupons.redemptions import Wish
from loyalty.models import CouponCode, Offer, Redemption
from loyalty.models.redemption import LIVE
from loyalty.till import stores
from loyalty.till.refusals import NotGiven

CHANNEL = "till"
SOURCE = "till"
UNDO_FOR = timedelta(minutes=5)
NARROWING = {"products": "skus", "categories": "categories", "brands": "brands"}
NAMED = 5


@dataclass(frozen=True)
class Sale:
    """What a cashier says: the `amount` of the basket and what of it the coupon covers (`covered`; None: all), in minor
    units. `receipt` is the number on the receipt, or empty."""

    store: Store
    amount: int
    covered: int | None
    receipt: str
    reference: str
    customer_id: int | None = None


def narrowed_to(offer: Offer) -> list[str]:
    """The articles, categories and brands that the coupon is for, by name; empty: for everything."""
    skus = _params(offer, "products")
    known = {each.sku.upper(): str(each) for each in Product.objects.filter(sku__in=skus[:NAMED])}
    names = [known.get(sku.upper(), sku) for sku in skus] + _params(offer, "categories")
    names += _params(offer, "brands")
    return names[:NAMED] + (["…"] if len(names) > NAMED else [])


def _params(offer: Offer, key: str) -> list[str]:
    found: list[str] = []
    for rule in offer.rules:
        if rule.get("key") == key:
            found += rule.get("params", {}).get(NARROWING[key], [])
    return found


def wish(code: CouponCode, sale: Sale, actor: User, at: datetime) -> Wish:
    """What is asked of the redemptions. A coupon of somebody's own that is shown without her is used by her. Registers
    count their receipts anew, so the day belongs to the order."""
    basket = _basket(code.coupon.offer, sale, at)
    return Wish(
        text=code.text,
        basket=basket,
        order_key=f"{SOURCE} {sale.store.number} {basket.on} {sale.receipt or sale.reference}"[:120],
        source=SOURCE,
        reference=sale.reference,
        customer_id=sale.customer_id or code.customer_id,
        actor_id=actor.pk,
    )


def spent(code: CouponCode, asked: Wish) -> Redemption | None:
    """What the form has redeemed before, if that was undone or was another code or basket: its key makes no other."""
    row = Redemption.objects.filter(source=asked.source, reference=asked.reference).first()
    if row is None or (row.state in LIVE and redemptions.answers(row, code, asked)):
        return None
    return row


def _basket(offer: Offer, sale: Sale, at: datetime) -> Basket:
    """One line for what the coupon covers, and one for the rest."""
    covered = sale.amount if sale.covered is None else min(sale.covered, sale.amount)
    about: dict[str, Any] = {
        "sku": next(iter(_params(offer, "products")), ""),
        "category": next(iter(_params(offer, "categories")), ""),
        "brand": next(iter(_params(offer, "brands")), ""),
    }
    lines = [BasketLine(quantity=1, amount=covered, **about)] if covered else []
    if rest := sale.amount - covered:
        lines.append(BasketLine("", 1, rest))
    on = clocks.local_day(at, sale.store.time_zone)
    return Basket(tuple(lines), stores.currency(), on, sale.store.number, CHANNEL)


def used(code: CouponCode) -> Redemption | None:
    """The redemption that stands in the way of a code that can be used once."""
    live = Redemption.objects.select_related("store").filter(code=code, state__in=LIVE, single_use=True)
    return live.first()


@transaction.atomic
def undo(row: Redemption, by: User | None, at: datetime, **door: int) -> None:
    """Take back a redemption of the last minutes: the code can be used again. Raises NotGiven."""
    if at > row.at + UNDO_FOR:
        raise NotGiven("redemption_late")
    if not redemptions.reverse(row.source, row.reference, at):
        raise NotGiven("redemption_ended")
    audit.record(by, "coupon.undone", row, at, amount=row.amount, store=row.store_id, **door)
