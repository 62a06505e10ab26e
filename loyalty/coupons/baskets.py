"""What somebody is about to buy, as coupon rules see it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class BasketLine:
    """`amount` is in minor units for all `quantity` pieces; `category` its whole path."""

    sku: str
    quantity: int
    amount: int
    category: str = ""


@dataclass(frozen=True)
class Basket:
    """`store` is the number of the store or empty, `channel` such as till, web, app; `on` the local day there.
    `customer_id` is filled in by whoever knows who buys (`redemptions.Wish`)."""

    lines: tuple[BasketLine, ...]
    currency: str
    on: date
    store: str = ""
    channel: str = ""
    customer_id: int | None = None

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)
