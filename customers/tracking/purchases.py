"""Orders and refunds that servers and tills tell of become the lines that `orders.record` takes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256

from babel.numbers import get_currency_precision
from django.utils.translation import gettext, gettext_noop

from customers import refunds
from customers.events import Item
from customers.models import Event
from customers.orders import Line
from customers.tracking import fields as names
from customers.tracking.fields import Fields

REFUND_NUMBER = ("refund_id", "refundId", "refund_number", "refundNumber")
NAMES = {
    "shipping": gettext_noop("Shipping"),
    "tax": gettext_noop("Tax"),
    "discount": gettext_noop("Discount"),
    "adjustment": gettext_noop("Adjustment"),
    refunds.AMOUNT: gettext_noop("Refund"),
    refunds.REST: gettext_noop("Refund of the rest"),
}
CHARGES = {"shipping": 1, "tax": 1, "discount": -1}
# Prices may hold the tax, and the reduction, already: of these readings the first that gives the stated total counts.
READINGS = (("shipping", "tax", "discount"), ("shipping", "discount"), ("shipping", "tax"), ("shipping",), ())


@dataclass(frozen=True)
class Purchase:
    """An order or refund that a message tells of. `customer` is her number in the source, `store` that of a store."""

    kind: str
    message_id: str
    at: datetime
    customer: str
    store: str
    cancelled: bool
    currency: str
    rate: Decimal | None
    fields: Fields
    number: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", self.fields.text(names.ORDER, 120))

    def lines(self) -> Iterator[Line]:
        """Without positions: these are counted by whoever sends them."""
        if self.kind == Event.Kind.REFUND:
            yield from self._refund_lines()
        else:
            yield from self._order_lines()

    def _order_lines(self) -> Iterator[Line]:
        items = self.fields.items(prices=True)
        self._count_unpriced(items)
        yield from (self._line(self.number, item, 1) for item in items)
        for sku, amount in self._charges(sum(map(self._rounded, items), Decimal(0))):
            yield self._line(self.number, _charge(sku, amount), 1, service=True)
        if not items and self.fields.find(names.TOTAL) is None:
            yield self._line(self.number, _charge("adjustment", Decimal(0)), 1, service=True)

    def _charges(self, goods: Decimal) -> Iterator[tuple[str, Decimal]]:
        """Shipping, tax, discount, and what else makes the lines come to the stated total."""
        stated = {name: self.fields.money((name,)) or Decimal(0) for name in CHARGES}
        total = self.fields.money(names.TOTAL)
        readings = [[(name, CHARGES[name] * stated[name]) for name in reading] for reading in READINGS]
        sums = [goods + sum((amount for _name, amount in reading), Decimal(0)) for reading in readings]
        fitting = [place for place, found in enumerate(sums) if total is None or self._same(found, total)]
        place = fitting[0] if fitting else 0
        yield from ((name, amount) for name, amount in readings[place] if amount)
        if total is not None and not fitting:
            yield "adjustment", total - sums[place]

    def _refund_lines(self) -> Iterator[Line]:
        items = () if self.cancelled else self.fields.items(prices=True)
        total = None if self.cancelled else self.fields.money(names.TOTAL)
        if items:
            items = self._price_last(items, total)
            yield from (self._line(self._refund_number(), item, -1) for item in items)
            priced = all(item.unit_price is not None for item in items)
            rest = (total or Decimal(0)) - sum(map(self._rounded, items), Decimal(0))
            if priced and total is not None and rest:
                yield self._line(
                    self._refund_number(),
                    _charge(refunds.AMOUNT, rest),
                    -1,
                    service=True,
                )
        elif total:
            yield self._line(
                self._refund_number(),
                _charge(refunds.AMOUNT, total),
                -1,
                service=True,
            )
        else:
            mark = _charge(refunds.REST, Decimal(0))
            yield self._line(rest_number(self.number), mark, -1, service=True)

    def _price_last(self, items: tuple[Item, ...], total: Decimal | None) -> tuple[Item, ...]:
        """Where one product is without a price, the total tells it; where more are, their order does (`refunds`)."""
        open_ones = [item for item in items if item.unit_price is None]
        rest = (total or Decimal(0)) - sum(map(self._rounded, items), Decimal(0))
        if len(open_ones) != 1 or rest <= 0:
            return items
        return tuple(
            item if item.unit_price is not None else item._replace(unit_price=rest / item.quantity)
            for item in items
        )

    def _refund_number(self) -> str:
        stated = self.fields.text(REFUND_NUMBER, 120)
        if stated and stated != self.number:
            return stated
        return numbered(self.number, stated or self.message_id)

    def _count_unpriced(self, items: tuple[Item, ...]) -> None:
        self.fields.faults["no_price"] += sum(item.unit_price is None for item in items)

    def _rounded(self, item: Item) -> Decimal:
        exact = (item.unit_price or Decimal(0)) * item.quantity
        return exact.quantize(self._cent(), ROUND_HALF_UP)

    def _cent(self) -> Decimal:
        return Decimal(1).scaleb(-get_currency_precision(self.currency))

    def _same(self, one: Decimal, other: Decimal) -> bool:
        return abs(one - other) < self._cent() / 2

    def _line(self, number: str, item: Item, sign: int, service: bool = False) -> Line:
        refund = self.kind == Event.Kind.REFUND
        return Line(
            number,
            refund,
            self.customer,
            "",
            self.store,
            self.at,
            item.sku,
            service,
            item.name,
            sign * item.quantity,
            item.unit_price or Decimal(0),
            self.number if refund else "",
            0,
            item.cost,
        )


def _charge(sku: str, amount: Decimal) -> Item:
    return Item(sku, gettext(NAMES[sku]), 1, amount)


def numbered(order: str, part: str) -> str:
    """A number of its own for something that belongs to an order, within the 120 characters that numbers have."""
    number = f"{order}:{part}".replace("\0", "")
    return number if len(number) <= 120 else sha256(number.encode()).hexdigest()


def rest_number(order: str) -> str:
    return numbered(order, "rest")
