"""What somebody is about to buy, as coupon rules see it."""

import hashlib
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class BasketLine:
    """`amount` is in minor units for all `quantity` pieces; `category` its whole path, `brand` as the shop calls it."""

    sku: str
    quantity: int
    amount: int
    category: str = ""
    brand: str = ""


@dataclass(frozen=True)
class Basket:
    """`store` is the number of the store or empty, `channel` such as till, web, app; `on` the local day there.
    `customer_id` and `order_key` are filled in by redemptions, for rules that ask whose basket it is; `completed`: with
    what the catalogue knows of it."""

    lines: tuple[BasketLine, ...]
    currency: str
    on: date
    store: str = ""
    channel: str = ""
    customer_id: int | None = None
    order_key: str = ""
    completed: bool = False

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def fingerprint(self) -> str:
        """The total, and what it is made of: tells a repeated call from one with another basket."""
        lines = repr([(line.sku, line.quantity, line.amount) for line in self.lines])
        return f"{self.total} {self.currency} {hashlib.sha256(lines.encode()).hexdigest()[:16]}"
