"""Behaviour is recorded here, in lists, with everything it implies: visitors, favourites, carts, roll-up rows, work
rows and signals, all in one transaction. Which order facts come in makes no difference to what they end in.

Facts travel by COPY into temporary tables and are merged by set statements, a fixed number per call.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from customers import carts, dirty, event_merge, event_months, identity, orders, signals
from customers.models import Event, Origin, Product, Shop

MOST_FACTS = 10_000
LIVE_FOR = timedelta(hours=24)  # what is told later than this starts nothing
CART_KINDS = frozenset({"cart_add", "cart_remove", "cart", "checkout", "order"})


class Item(NamedTuple):
    """A product as its source names it; `unit_price` and `cost`, what one piece costs the shop, in major units, None
    where they are not told, as `brand` is ""."""

    sku: str
    name: str = ""
    quantity: int = 1
    unit_price: Decimal | None = None
    brand: str = ""
    cost: Decimal | None = None


class Fact(NamedTuple):
    """Something that somebody did. Empty texts mean that it is not known.

    `message_id` makes it count once, `digest` (64 bits, signed) tells whether it is the same message. `customer` is
    her number in the source, or `customer_id` ours where it tells none, `visitor` the id of her browser or app. `cart`
    and `order` are numbers in the source; without a cart number the cart is that of the browser or person. `value` is
    in major units. `lines` is what a cart or an order contains: () nothing, None where it is not told.
    """

    message_id: str
    digest: int
    at: datetime
    kind: str
    name: str = ""
    customer: str = ""
    visitor: str = ""
    product: Item | None = None
    store: str = ""
    cart: str = ""
    restore_url: str = ""
    order: str = ""
    value: Decimal | None = None
    properties: dict[str, Any] = {}
    lines: tuple[Item, ...] | None = None
    customer_id: int | None = None


@dataclass(frozen=True)
class Terms(orders.Terms):
    """What all facts of a call share. `make_products` is for sources that may tell us of products and prices that we
    do not know. `public` is what a key says that anybody may have: its message ids are apart from the shop's own, and
    what it says of carts is unproven."""

    make_products: bool = True
    public: bool = False


@dataclass
class Recorded:
    """How many facts met which fate, and the fate of those that were left out, by their place in the call."""

    counts: Counter[str] = field(default_factory=Counter)
    left_out: dict[int, str] = field(default_factory=dict)


@dataclass
class _Call:
    """One call on its way through the statements."""

    cursor: CursorWrapper
    params: dict[str, Any]
    counts: Counter[str] = field(default_factory=Counter)
    left_out: dict[int, str] = field(default_factory=dict)

    def run(self, statement: str) -> int:
        self.cursor.execute(statement, self.params)
        return int(self.cursor.rowcount)

    def leave_out(self, statement: str) -> None:
        """Note which facts, and why, this statement names."""
        self.cursor.execute(statement, self.params)
        found = dict(self.cursor.fetchall())
        self.left_out |= found
        self.counts.update(found.values())

    def ids(self, statement: str) -> list[int]:
        self.cursor.execute(statement, self.params)
        return [row[0] for row in self.cursor.fetchall()]


def record(facts: Sequence[Fact], terms: Terms, at: datetime, origin: Origin) -> Counter[str]:
    """As `record_each`, where only the numbers matter."""
    return record_each(facts, terms, at, origin).counts


@transaction.atomic
def record_each(facts: Sequence[Fact], terms: Terms, at: datetime, origin: Origin) -> Recorded:
    """Record facts of one source, at most 10,000; how many met which fate.

    The fates are recorded, repeated (known by message id), mismatch (a known id with another message: left out),
    erased (of somebody of whom nothing may be kept). Besides, unknown_product and foreign_cart count facts recorded
    without their product, and without a cart that is somebody else's. A live fact told more than a day late is recorded
    as imported. Raises orders.RateMissing.
    """
    if len(facts) > MOST_FACTS:
        raise ValueError(f"{len(facts)} facts in one call")
    if not facts:
        return Recorded()
    event_months.ensure(fact.at for fact in facts)
    currency = Shop.current().counts_in
    _minor, factor = orders.factors(terms, currency)
    with connection.cursor() as cursor:
        call = _Call(
            cursor, {"source": terms.source, "language": terms.language, "at": at, "origin": str(origin)}
        )
        call.params["currency"] = currency
        call.params |= {"late": at - LIVE_FOR, "cart_kinds": sorted(CART_KINDS)}
        _take(call, facts, terms, factor)
        _sort_out(call, terms)
        _resolve(call, terms, origin)
        touched = _write(call)
        _tell(call, touched, origin)
    return Recorded(call.counts, call.left_out)


def key_of(source: str, message_id: str, public: bool = False) -> uuid.UUID:
    """What `EventKey` keeps of a message id. Who has a public key must not use up the ids of the shop's server."""
    space = f"{source}\0browser" if public else source
    return uuid.UUID(bytes=sha256(f"{space}\0{message_id}".encode()).digest()[:16])


def _take(call: _Call, facts: Sequence[Fact], terms: Terms, factor: Decimal) -> None:
    call.cursor.execute(event_merge.TABLES)
    with call.cursor.copy(event_merge.COPY_EVENTS) as copy:
        for position, fact in enumerate(facts):
            copy.write_row(_row(fact, position, terms, factor))
    with call.cursor.copy(event_merge.COPY_ITEMS) as copy:
        for position, fact in enumerate(facts):
            for item in (fact.product, *(fact.lines or ())):
                if item is not None:
                    price = _minor(item.unit_price, factor) if terms.make_products else None
                    copy.write_row(
                        [
                            position,
                            item is fact.product,
                            item.sku,
                            item.name,
                            item.quantity,
                            price,
                            item.brand,
                        ]
                    )
    call.cursor.execute("ANALYZE incoming_event; ANALYZE incoming_item")
    call.run(event_merge.LOCK_SOURCE)


def _row(fact: Fact, position: int, terms: Terms, factor: Decimal) -> list[Any]:
    properties = {name: value for name, value in fact.properties.items() if name != event_merge.UNPROVEN}
    for name, value in (("order", fact.order), ("restore_url", fact.restore_url)):
        if value:
            properties[name] = value
    if terms.public and fact.kind in CART_KINDS:
        properties[event_merge.UNPROVEN] = True
    return [
        position,
        key_of(terms.source, fact.message_id, terms.public),
        key_of(terms.source, fact.message_id) if terms.public else None,
        fact.digest,
        fact.at,
        fact.kind,
        fact.name,
        fact.customer,
        None if fact.customer else fact.customer_id,
        fact.visitor,
        fact.store,
        fact.cart if fact.kind in CART_KINDS else "",
        _minor(fact.value, factor),
        event_merge.json_text(properties),
        "[]" if fact.lines == () else None,
    ]


def _minor(value: Decimal | None, factor: Decimal) -> int | None:
    return None if value is None else int((value * factor).to_integral_value())


def _sort_out(call: _Call, terms: Terms) -> None:
    """Leave in only what was not heard before."""
    if terms.public:
        call.run(event_merge.HEARD_UNDER_SHARED_KEY)
    call.run(event_merge.NEW_KEYS)
    call.leave_out(event_merge.KNOWN)
    call.run(event_merge.DROP_KNOWN)


def _resolve(call: _Call, terms: Terms, origin: Origin) -> None:
    """Numbers of the source become ids of ours; who is told of with her browser becomes its owner."""
    call.run(event_merge.FIND_CUSTOMERS)
    call.leave_out(event_merge.DROP_ERASED)
    call.run(event_merge.MEET_VISITORS)
    call.cursor.execute(event_merge.STATED_OWNERS)
    identity.identify(call.cursor.fetchall(), call.params["at"])
    call.run(event_merge.FIND_VISITORS)
    call.leave_out(event_merge.DROP_ERASED)
    if terms.make_products:
        made = {*call.ids(event_merge.MAKE_PRODUCTS), *_brand(call, origin)}
        if made:
            signals.products_changed.send(Product, ids=sorted(made), at=call.params["at"], origin=origin)
    call.run(event_merge.FIND_PRODUCTS)
    call.counts["unknown_product"] = len(call.ids(event_merge.UNKNOWN_PRODUCTS))
    call.run(event_merge.FIND_PLACES)
    call.run(event_merge.OWN_CARTS)
    call.run(event_merge.MAKE_CARTS)
    call.run(event_merge.FIND_CARTS)
    if terms.public:
        call.counts["foreign_cart"] = call.run(event_merge.KEEP_OUT_OF_CARTS)


def _brand(call: _Call, origin: Origin) -> list[int]:
    """The products that have their brand from these events. Who bought them may be in other segments now."""
    branded = call.ids(event_merge.BRAND_PRODUCTS)
    if branded:
        call.cursor.execute(event_merge.BUYERS, [branded])
        dirty.mark((pk for (pk,) in call.cursor.fetchall()), call.params["at"], origin)
    return branded


def _write(call: _Call) -> list[tuple[int, bool]]:
    call.cursor.execute(event_merge.INSERT_EVENTS, call.params)
    touched: list[tuple[int, bool]] = call.cursor.fetchall()
    call.counts["recorded"] = len(touched)
    for statement in (event_merge.FAVOURITES_OF_CUSTOMERS, event_merge.FAVOURITES_OF_VISITORS):
        call.run(statement)
    carts.derive(call.ids(event_merge.CARTS), call.params["at"], call.params["origin"])
    call.run(event_merge.ROLL_UP)
    call.run(event_merge.DIRTY)
    return touched


def _tell(call: _Call, touched: list[tuple[int, bool]], origin: Origin) -> None:
    for late in (False, True):
        ids = [event_id for event_id, is_late in touched if is_late is late]
        if ids:
            told = Origin.IMPORT if late and origin == Origin.LIVE else origin
            signals.events_recorded.send(Event, ids=ids, at=call.params["at"], origin=told)
