"""The names of Segment's e-commerce specification, and what each becomes. docs/tracking.md shows the table."""

import re
from functools import lru_cache
from typing import NamedTuple

from customers.models import Event

Kind = Event.Kind


class Meaning(NamedTuple):
    """What an event's name means to us. `subject` says that it is about one product, `whole` that its products are
    all there is in the cart or the order."""

    kind: Kind
    subject: bool = False
    whole: bool = False


# Each in the words of the specification, of its first version, and of what clients write besides.
TABLE: dict[str, Meaning] = {
    name: meaning
    for names, meaning in (
        (("Product Viewed", "Viewed Product"), Meaning(Kind.VIEW, subject=True)),
        (
            ("Products Searched", "Product Searched", "Searched Products", "Searched"),
            Meaning(Kind.SEARCH),
        ),
        (
            ("Product Added", "Added Product", "Product Added to Cart", "Wishlist Product Added to Cart"),
            Meaning(Kind.CART_ADD, subject=True),
        ),
        (
            ("Product Removed", "Removed Product", "Product Removed from Cart"),
            Meaning(Kind.CART_REMOVE, subject=True),
        ),
        (("Cart Viewed", "Viewed Cart", "Cart Updated"), Meaning(Kind.CART, whole=True)),
        (("Checkout Started", "Started Checkout"), Meaning(Kind.CHECKOUT, whole=True)),
        (("Order Completed", "Completed Order", "Order Placed"), Meaning(Kind.ORDER, whole=True)),
        (("Order Refunded", "Refunded Order"), Meaning(Kind.REFUND, whole=True)),
        (("Order Cancelled", "Order Canceled", "Cancelled Order"), Meaning(Kind.REFUND, whole=True)),
        (
            ("Product Added to Wishlist", "Added Product to Wishlist", "Product Favourited"),
            Meaning(Kind.FAVOURITE, subject=True),
        ),
        (
            ("Product Removed from Wishlist", "Removed Product from Wishlist", "Product Unfavourited"),
            Meaning(Kind.UNFAVOURITE, subject=True),
        ),
        (("Coupon Applied", "Applied Coupon"), Meaning(Kind.COUPON)),
        (("Store Visited", "Visited Store"), Meaning(Kind.VISIT)),
        (("Application Opened", "App Opened", "Opened Application"), Meaning(Kind.OPEN)),
    )
    for name in names
}
CUSTOM = Meaning(Kind.CUSTOM)


def folded(name: str) -> str:
    """`Product Viewed`, `product_viewed` and `productViewed` are one name."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.split(r"[\W_]+", spaced.casefold())).strip()


FOLDED = {folded(name): meaning for name, meaning in TABLE.items()}
CANCELLATIONS = {folded(name) for name in TABLE if "Cancel" in name}


@lru_cache(maxsize=10_000)
def meaning(name: str) -> Meaning:
    return FOLDED.get(folded(name), CUSTOM)


def is_cancellation(name: str) -> bool:
    """Whoever cancels gets back whatever is left, whichever products the message lists."""
    return folded(name) in CANCELLATIONS
