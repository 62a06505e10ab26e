"""Values of a message's properties, under the names that shops give them. What cannot be read is left out and counted:
one wrong field must not cost the rest of the message."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from babel.core import get_global

from customers.events import Item

SKU = ("sku", "product_id", "productId", "item_id", "id")
NAME = ("name", "product_name", "productName", "item_name", "title")
BRAND = ("brand", "brand_name", "brandName", "item_brand")
QUANTITY = ("quantity", "qty")
COST = ("cost", "unit_cost", "unitCost")
PRICE = ("price", "unit_price", "unitPrice")
PRODUCTS = ("products", "items", "line_items", "lineItems")
ORDER = ("order_id", "orderId", "order_number", "orderNumber")
CART = ("cart_id", "cartId", "checkout_id", "checkoutId")
STORE = ("store", "store_id", "storeId", "store_number", "storeNumber", "location_id", "locationId")
CURRENCY = ("currency", "currency_code", "currencyCode")
RATE = ("exchange_rate", "exchangeRate")
TOTAL = ("total", "value", "revenue")
RESTORE_URL = ("restore_url", "restoreUrl", "cart_url", "cartUrl", "checkout_url", "checkoutUrl")
# Of what has become a column of the fact, no copy is kept among its properties.
TAKEN = frozenset({*SKU, *NAME, *QUANTITY, *PRICE, *PRODUCTS, *CART, *STORE, *RESTORE_URL, *ORDER})
MOST_PRODUCTS = 500
MOST_PIECES = 100_000
MOST_DIGITS = 10**40
MOST_MONEY = Decimal(10) ** 10
CURRENCY_MARKS = re.compile(r"^(?:[A-Z]{3}|[€£$])\s*|\s*(?:[A-Z]{3}|[€£$])$")
GROUPED = {
    ".": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?\Z"),
    ",": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+\Z"),
}


@dataclass
class Fields:
    """The properties of one message; `faults` counts what could not be read."""

    values: Mapping[str, Any]
    faults: Counter[str] = field(default_factory=Counter)

    def find(self, names: Iterable[str]) -> Any:
        return next((self.values[n] for n in names if self.values.get(n) not in (None, "")), None)

    def text(self, names: Iterable[str], longest: int) -> str:
        """One line of text, or a number as text; "" where nothing of that kind is there."""
        value = self.find(names)
        found = plain_text(value)
        if (value is not None and not found) or len(found) > longest:
            self.faults[f"bad_{next(iter(names))}"] += 1
            return ""
        return found

    def money(self, names: Iterable[str]) -> Decimal | None:
        return self._number(names, MOST_MONEY, places=4)

    def quantity(self) -> int:
        found = self._number(QUANTITY, Decimal(MOST_PIECES), places=0)
        return 1 if found is None else int(found)

    def _number(self, names: Iterable[str], most: Decimal, places: int) -> Decimal | None:
        value = self.find(names)
        if value is None:
            return None
        found = number(value)
        if found is None or not 0 <= found < most or (not places and found != int(found)):
            self.faults[f"bad_{next(iter(names))}"] += 1
            return None
        return round(found, places)

    def currency(self, otherwise: str) -> str:
        """The ISO 4217 code; `otherwise` where none is told, "" where it is none."""
        code = self.text(CURRENCY, 10).upper()
        if not code:
            return otherwise
        if code not in get_global("all_currencies"):
            self.faults["bad_currency"] += 1
            return ""
        return code

    def link(self, names: Iterable[str], origins: Iterable[str] | None = None) -> str:
        """A web address, of one of these origins where they are told."""
        found = self.text(names, 500)
        if found and not is_link(found, origins):
            self.faults[f"bad_{next(iter(names))}"] += 1
            return ""
        return found

    def products(self) -> list["Fields"]:
        """The products listed, as fields of their own that count into ours."""
        listed = self.find(PRODUCTS)
        if listed is None:
            return []
        if isinstance(listed, dict):
            listed = [listed]
        if not isinstance(listed, list):
            self.faults["bad_products"] += 1
            return []
        good = [row for row in listed if isinstance(row, dict)]
        self.faults["bad_products"] += len(listed) - len(good) + max(0, len(good) - MOST_PRODUCTS)
        return [Fields(row, self.faults) for row in good[:MOST_PRODUCTS]]

    def item(self, prices: bool) -> Item | None:
        """The product that these fields describe; None where its article number is missing."""
        sku = self.text(SKU, 60)
        if not sku:
            self.faults["no_sku"] += 1
            return None
        quantity = self.quantity()
        price, cost = (self.money(PRICE), self.money(COST)) if prices else (None, None)
        return Item(sku, self.text(NAME, 300), quantity, price, self.text(BRAND, 120), cost)

    def items(self, prices: bool) -> tuple[Item, ...]:
        found = (row.item(prices) for row in self.products())
        return tuple(item for item in found if item is not None and item.quantity)

    def rest(self) -> dict[str, Any]:
        """The properties that have no place of their own."""
        return {name: value for name, value in self.values.items() if name not in TAKEN}


def plain_text(value: Any) -> str:
    """Text in one line, without control characters; of a number its digits."""
    if not _is_scalar(value):
        return ""
    text = "".join(char if char.isprintable() else " " for char in str(value))
    return " ".join(text.split())


def _is_scalar(value: Any) -> bool:
    """Text or a number; not one of so many digits that Python will not write it."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < MOST_DIGITS
    return isinstance(value, str | float)


def number(value: Any) -> Decimal | None:
    """12.9, "12.90", "12,90 €" and "1.299,00"; None for what is no number or could be two: "1,299"."""
    if not _is_scalar(value):
        return None
    text = CURRENCY_MARKS.sub("", str(value).strip())
    if len(text) > 40:
        return None
    if isinstance(value, str):
        sign = "," if text.rfind(",") > text.rfind(".") else "."
        ambiguous = sign == "," and "." not in text and len(text.partition(",")[2]) == 3
        if ambiguous or not GROUPED[sign].match(text):
            return None
        text = text.replace("." if sign == "," else ",", "").replace(",", ".")
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def is_link(text: str, origins: Iterable[str] | None) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or any(c.isspace() or c == "\\" for c in text)
    ):
        return False
    return origins is None or f"{parts.scheme}://{parts.netloc}" in origins
