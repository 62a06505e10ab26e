"""Carts: one line per record, wherever the lines of a cart stand in the file.

A cart is what its events say. The first lines of a cart that a file tells of, those of one chunk, become its content at
that time; further ones of the same file are added. Another file that knows the cart as of the same time says nothing
new; one that knows it later replaces the content.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from customers import events
from customers.imports import values
from customers.imports.faults import FileRefused, LineRefused
from customers.imports.kinds import whose
from customers.imports.kinds.base import Applied, Item, Reader
from customers.imports.kinds.events import check_currency, check_size, pieces, price, record, terms
from customers.imports.kinds.products import url
from customers.models import Event, EventKey

NEXT = timedelta(microseconds=1)
# What the key of a cart of a file says of its further lines: they are added, or left out like the first ones.
BEGUN, LEFT = 0, 1
OPEN = {"", "open", "active", "abandoned", "offen", "aktiv", "verlassen", "abgebrochen"}
BOUGHT = {
    *("bought", "ordered", "completed", "converted", "closed", "paid", "purchased"),
    *("gekauft", "bestellt", "abgeschlossen", "bezahlt"),
}


Known = Mapping[UUID, EventKey]


class Row(NamedTuple):
    number: str
    at: datetime
    whose: whose.Whose
    item: events.Item
    restore_url: str
    bought: bool
    order: str


class CartReader(Reader):
    """One line of a cart per record."""

    def prepare(self) -> None:
        options = self.options
        if not options.zone:
            raise FileRefused("told", name="zone")
        self.terms = terms(self, {"unit_price"})
        self.whose = whose.Parser(self.places)
        self.numbers = values.Remembered(values.text("number", 120))
        self.orders = values.Remembered(values.text("order", 120))
        self.skus = values.Remembered(values.text("sku", 60))
        self.names = values.Remembered(values.text("name", 300))
        self.quantities = values.Remembered(pieces("quantity", options.decimal))
        self.prices = values.Remembered(price("unit_price", options.decimal))
        dates = values.moment("last_activity", options.day_first, ZoneInfo(options.zone), self.latest)
        self.dates = values.Remembered(dates)

    def row(self, cells: list[str], line: int) -> Row:
        check_currency(self, cells)
        link = cells[self.place("restore_url")].strip()
        quantity = self.quantities[cells[self.place("quantity")]]
        each = self.prices[cells[self.place("unit_price")]]
        check_size(self, "unit_price", each, quantity)
        return Row(
            self._needed("number", self.numbers[cells[self.places["number"]]]),
            self.dates[cells[self.places["last_activity"]]],
            self.whose(cells),
            events.Item(
                self._needed("sku", self.skus[cells[self.places["sku"]]]),
                self.names[cells[self.place("name")]],
                quantity,
                each,
            ),
            url("restore_url", link) if link else "",
            is_bought(cells[self.place("state")]),
            self.orders[cells[self.place("order")]],
        )

    def _needed(self, column: str, text: str) -> str:
        if not text:
            raise LineRefused("missing", column)
        return text

    def apply(self, items: Sequence[Item], at: datetime, corrections: set[int]) -> Applied:
        people = whose.meet((item.row.whose for item in items), self.job, at)
        applied = Applied(notices=Counter(customers_made=people.made))
        found: dict[tuple[str, str], list[Item]] = defaultdict(list)
        for item in items:
            if reason := people.fault(item.row.whose):
                applied.refused[item.line] = reason, "email"
            else:
                found[item.place.digest, item.row.number].append(item)
        carts = [_Cart(self.job.source, digest, number, lines) for (digest, number), lines in found.items()]
        self._record(carts, people, at, applied)
        return applied

    def _record(self, carts: list["_Cart"], people: whose.People, at: datetime, applied: Applied) -> None:
        known = _known(key for cart in carts for key in cart.keys)
        told: list[tuple[int, events.Fact]] = []
        for cart in carts:
            facts = cart.facts(known, people)
            told += facts
            if not facts:
                applied.unchanged["cart_known"] += len(cart.lines)
        for start in range(0, len(told), events.MOST_FACTS):
            record(told[start : start + events.MOST_FACTS], self.terms, at, applied)
        marks = [
            EventKey(key=cart.of_file, hash=BEGUN if cart.is_new(known) else LEFT, at=cart.at)
            for cart in carts
            if cart.of_file not in known
        ]
        EventKey.objects.bulk_create(marks, ignore_conflicts=True)
        applied.notices["carts"] += sum(cart.is_new(known) for cart in carts)
        _finish(carts, applied)


class _Cart:
    """A cart's lines in a chunk, of one file."""

    def __init__(self, source: str, digest: str, number: str, lines: list[Item]) -> None:
        self.digest, self.number, self.lines = digest, number, lines
        self.at = max(item.row.at for item in lines)
        self.message = f"cart {number} {self.at.isoformat()}"
        self.of_file = events.key_of(source, f"cart {number} of {digest}")
        self.of_time = events.key_of(source, self.message)

    @property
    def keys(self) -> tuple[UUID, UUID]:
        return self.of_file, self.of_time

    def is_new(self, known: Known) -> bool:
        return self.of_file not in known and self.of_time not in known

    def is_begun(self, known: Known) -> bool:
        return self.of_file in known and known[self.of_file].hash == BEGUN

    def facts(self, known: Known, people: whose.People) -> list[tuple[int, events.Fact]]:
        """The facts of each line; none where another file has told this state of the cart."""
        if not self.is_new(known) and not self.is_begun(known):
            return []
        begun = known[self.of_file].at if self.is_begun(known) else None
        facts = self._further(begun, people) if begun else [self._whole(people)]
        bought = next((item for item in self.lines if item.row.bought), None)
        if bought is not None:
            at = begun or self.at
            fact = self._fact(bought, people, f"{self.message} bought", at + 2 * NEXT, Event.Kind.ORDER)
            facts.append((bought.line, fact._replace(order=bought.row.order)))
        return facts

    def _whole(self, people: whose.People) -> tuple[int, events.Fact]:
        first = self.lines[0]
        fact = self._fact(first, people, self.message, self.at, Event.Kind.CART)
        link = next((item.row.restore_url for item in self.lines if item.row.restore_url), "")
        return first.line, fact._replace(lines=tuple(item.row.item for item in self.lines), restore_url=link)

    def _further(self, begun: datetime, people: whose.People) -> list[tuple[int, events.Fact]]:
        return [
            (
                item.line,
                self._fact(
                    item,
                    people,
                    f"line {item.place.line} of {self.digest}",
                    begun + NEXT,
                    Event.Kind.CART_ADD,
                )._replace(product=item.row.item, restore_url=item.row.restore_url),
            )
            for item in self.lines
        ]

    def _fact(
        self, item: Item, people: whose.People, message: str, at: datetime, kind: Event.Kind
    ) -> events.Fact:
        who = item.row.whose
        return events.Fact(
            message,
            0,
            at,
            str(kind),
            customer=who.customer,
            visitor=who.visitor,
            customer_id=people.id_of(who),
            cart=self.number,
        )


def _finish(carts: list[_Cart], applied: Applied) -> None:
    """Of an erased person's cart every line is refused. How many events the carts took is nobody's concern."""
    for cart in carts:
        fates = {applied.refused[item.line] for item in cart.lines if item.line in applied.refused}
        for fate in fates:
            applied.refused |= dict.fromkeys((item.line for item in cart.lines), fate)
    del applied.notices["events_recorded"], applied.unchanged["event_known"]


def _known(keys: Iterable[UUID]) -> Known:
    return EventKey.objects.in_bulk(list(keys))


def is_bought(cell: str) -> bool:
    word = cell.strip().casefold()
    if word not in OPEN | BOUGHT:
        raise LineRefused("cart_state", "state", cell)
    return word in BOUGHT
