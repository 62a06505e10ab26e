"""What people did: one event per record. Journeys do not start from it, and an event never makes an order."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from customers import events, orders
from customers.imports import columns, values
from customers.imports.faults import FileRefused, LineRefused
from customers.imports.kinds import event_names, whose
from customers.imports.kinds.base import ORIGIN, Applied, Item, Reader
from customers.models import Event, Shop, Store
from customers.tracking.heard import digest

MOST_PIECES = 100_000
MOST_PROPERTIES = 10_000
MOST_MONEY = 10**11  # in major units of the shop's currency
NAMED = (Event.Kind.SEARCH, Event.Kind.COUPON, Event.Kind.PAGE, Event.Kind.SCREEN)


class Row(NamedTuple):
    fact: events.Fact
    whose: whose.Whose


class EventReader(Reader):
    """One event per record, with one product at most. The whole content of a cart is a matter for a file of carts."""

    def prepare(self) -> None:
        options = self.options
        if not options.zone:
            raise FileRefused("told", name="zone")
        self.terms = terms(self, {"unit_price", "value"})
        self.whose = whose.Parser(self.places)
        dates = values.moment("at", options.day_first, ZoneInfo(options.zone), self.latest)
        self.dates = values.Remembered(dates)
        self.names = values.Remembered(values.text("kind", 120))
        self.skus = values.Remembered(values.text("sku", 60))
        self.texts = {
            key: values.Remembered(values.text(key, longest))
            for key, longest in (
                *(("product_name", 300), ("name", 120), ("cart", 120), ("order", 120)),
                *(("message_id", 120), ("store", 20)),
            )
        }
        self.quantities = values.Remembered(pieces("quantity", options.decimal))
        self.prices = values.Remembered(price("unit_price", options.decimal))
        self.values = values.Remembered(price("value", options.decimal))
        self.stores = set(Store.objects.values_list("number", flat=True))
        self.free = {key.removeprefix(columns.PROPERTY): place for key, place in self.places.items()
                     if key.startswith(columns.PROPERTY)}  # fmt: skip

    def row(self, cells: list[str], line: int) -> Row:
        stated = {key: parse[cells[self.place(key)]] for key, parse in self.texts.items()}
        name = self.names[cells[self.places["kind"]]]
        if not name:
            raise LineRefused("missing", "kind")
        if stated["store"] and stated["store"] not in self.stores:
            raise LineRefused("store", "store", stated["store"])
        check_currency(self, cells)
        item = self._item(cells, stated["product_name"])
        kind, called = _kind(name, stated["name"], item)
        who = self.whose(cells)
        properties = self._properties(cells)
        if called != stated["name"] and stated["name"]:
            properties["name"] = stated["name"]
        if item is not None and kind not in event_names.SUBJECTS:
            properties["sku"], item = item.sku, None
        value = self.values[cells[self.place("value")]]
        check_size(self, "value", value)
        fact = events.Fact(
            stated["message_id"],
            0,
            self.dates[cells[self.places["at"]]],
            kind,
            name=called,
            customer=who.customer,
            visitor=who.visitor,
            product=item,
            store=stated["store"],
            cart=stated["cart"],
            order=stated["order"],
            value=value,
            properties=properties,
        )
        return Row(marked(fact, who), who)

    def _item(self, cells: list[str], name: str) -> events.Item | None:
        sku = self.skus[cells[self.place("sku")]]
        if not sku:
            return None
        quantity = self.quantities[cells[self.place("quantity")]]
        each = self.prices[cells[self.place("unit_price")]]
        check_size(self, "unit_price", each, quantity)
        return events.Item(sku, name, quantity, each)

    def _properties(self, cells: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = _object(cells[self.place("properties")])
        for name, place in self.free.items():
            if text := cells[place].strip():
                found[name] = text
        if sum(map(len, map(str, found.values()))) > MOST_PROPERTIES:
            raise LineRefused("too_long", "properties")
        return found

    def apply(self, items: Sequence[Item], at: datetime, corrections: set[int]) -> Applied:
        people = whose.meet((item.row.whose for item in items), self.job, at)
        applied = Applied(notices=Counter(customers_made=people.made))
        told: list[tuple[int, events.Fact]] = []
        for item in items:
            if reason := people.fault(item.row.whose):
                applied.refused[item.line] = reason, "email"
            else:
                fact = item.row.fact._replace(customer_id=people.id_of(item.row.whose))
                told.append((item.line, fact))
        record(told, self.terms, at, applied)
        return applied


def record(
    told: Sequence[tuple[int, events.Fact]], terms: events.Terms, at: datetime, applied: Applied
) -> None:
    """Record the facts of these lines; `applied` gets what became of each."""
    try:
        recorded = events.record_each([fact for _line, fact in told], terms, at, ORIGIN)
    except orders.RateMissing as error:
        raise FileRefused("rate", currency=error.currency, shop=error.shop) from error
    for place, fate in recorded.left_out.items():
        if fate == "repeated":
            applied.unchanged["event_known"] += 1
        elif fate == "mismatch":
            applied.refused[told[place][0]] = "message_id", "message_id"
        else:
            applied.refused[told[place][0]] = "erased", "customer"
    applied.notices["events_recorded"] += recorded.counts["recorded"]


def terms(reader: Reader, money: set[str]) -> events.Terms:
    """The currency of a file that has prices must be told; without them any will do."""
    options = reader.options
    if not options.currency and money & set(reader.places):
        raise FileRefused("told", name="currency")
    shop = Shop.current()
    return events.Terms(
        reader.job.source, options.currency or shop.counts_in, options.exchange, options.language or "en"
    )


def check_currency(reader: Reader, cells: list[str]) -> None:
    cell = cells[reader.place("currency")].strip().upper()
    if cell not in ("", reader.options.currency):
        raise LineRefused("currency", "currency", cell)


def check_size(reader: Reader, column: str, amount: Decimal | None, quantity: int = 1) -> None:
    if amount and amount * quantity * (reader.options.exchange or 1) > MOST_MONEY:
        raise LineRefused("amount_size", column, str(amount))


def pieces(column: str, decimal: str) -> Any:
    """How many; one where none is told."""
    parse = values.integer(column, decimal)

    def read(cell: str) -> int:
        count = parse(cell) if cell.strip() else 1
        if not 0 < count <= MOST_PIECES:
            raise LineRefused("pieces", column, cell)
        return count

    return read


def price(column: str, decimal: str) -> Any:
    """An amount in major units that is not negative; None where none is told."""
    parse = values.number(column, decimal)

    def read(cell: str) -> Decimal | None:
        value = parse(cell) if cell.strip() else None
        if value is not None and value < 0:
            raise LineRefused("negative", column, cell)
        return value

    return read


def _kind(name: str, called: str, item: events.Item | None) -> tuple[str, str]:
    """Kind and name of the event. One about a product that tells none is an event of its own, as in the API."""
    meaning = event_names.of(name)
    if meaning.kind == Event.Kind.CUSTOM or (meaning.subject and item is None):
        return str(Event.Kind.CUSTOM), name
    return str(meaning.kind), called if meaning.kind in NAMED else ""


def _object(cell: str) -> dict[str, Any]:
    if not cell.strip():
        return {}
    try:
        return msgspec.json.decode(cell, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise LineRefused("json", "properties", cell) from error


def marked(fact: events.Fact, who: whose.Whose) -> events.Fact:
    """The fact with what tells it from others. Where the file numbers no events, what is said is its number: then the
    same line counts once, in whichever file it comes."""
    said = msgspec.json.encode((fact._replace(message_id=""), who), order="deterministic")
    mark = digest(said)
    return fact._replace(digest=mark, message_id=fact.message_id or f"import {mark:x}")
