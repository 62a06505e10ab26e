"""What people did, as `events.record` takes it."""

from collections import Counter
from decimal import Decimal

from customers.event_merge import OWN_CART
from customers.events import Fact, Item
from customers.models import Event
from customers.tracking import fields as names
from customers.tracking.fields import Fields, plain_text
from customers.tracking.heard import Context, Heard
from customers.tracking.names import CUSTOM, Meaning

Kind = Event.Kind
PAGES = {"page": Kind.PAGE, "screen": Kind.SCREEN}
WORDS = {
    Kind.SEARCH: ("query", "search_term", "searchTerm", "search", "term"),
    Kind.COUPON: ("coupon_name", "couponName", "coupon_code", "couponCode", "coupon", "code", "coupon_id"),
}


def read(
    heard: list[Heard], context: Context, counts: Counter[tuple[str, str]]
) -> tuple[list[Fact], list[tuple[str, str]]]:
    """The facts of these messages; and the orders, by number, that were placed by a browser (visitor, number)."""
    facts, guests = [], []
    for one in heard:
        if not one.is_event:
            continue
        if context.browser and not one.user and not one.visitor:
            counts[one.message.type, "unverified"] += 1
            continue
        fields = Fields(one.message.properties)
        fact = _page(one, fields) if one.message.type in PAGES else _track(one, fields, context)
        facts.append(fact)
        if one.is_sale(context) and fact.kind == Kind.ORDER and fact.order and not one.user and one.visitor:
            guests.append((one.visitor, fact.order))
        for fault, count in fields.faults.items():
            counts[one.message.type, fault] += count
    return facts, guests


def _page(one: Heard, fields: Fields) -> Fact:
    kind = PAGES[one.message.type]
    name = plain_text(one.message.name or one.message.event)[:120]
    return _fact(one, kind, name=name, properties=dict(fields.values))


def _track(one: Heard, fields: Fields, context: Context) -> Fact:
    meaning = one.meaning
    prices = not context.browser
    factor = _factor(fields, context) if prices else None
    subject = _subject(fields, prices) if meaning.subject else None
    product = _priced(subject, factor) if subject else None
    claimed = context.browser and meaning.kind == Kind.REFUND
    if meaning == CUSTOM or claimed or (meaning.subject and product is None):
        name = plain_text(one.message.event)[:120]
        return _fact(
            one, Kind.CUSTOM, name=name, properties=dict(fields.values), store=_store(fields, context)
        )
    lines = _lines(fields, meaning, factor, prices)
    value = fields.money(names.TOTAL) if prices and meaning.whole else None
    origins = context.key.origins if context.browser else None
    return _fact(
        one,
        meaning.kind,
        name=_word(fields, meaning),
        product=product,
        store=_store(fields, context),
        cart=_cart(fields),
        restore_url=fields.link(names.RESTORE_URL, origins),
        order=fields.text(names.ORDER, 120),
        value=value * factor if value is not None and factor is not None else None,
        properties=fields.rest(),
        lines=lines,
    )


def _lines(fields: Fields, meaning: Meaning, factor: Decimal | None, prices: bool) -> tuple[Item, ...] | None:
    """What a cart or an order contains; None where it is not told. That a cart is empty says an empty list alone."""
    if not meaning.whole:
        return None
    items = tuple(_priced(item, factor) for item in fields.items(prices))
    emptied = meaning.kind == Kind.CART and fields.find(names.PRODUCTS) == []
    return items if items or emptied else None


def _cart(fields: Fields) -> str:
    """The cart's number. Those that we give ourselves nobody names: they are somebody's."""
    number = fields.text(names.CART, 120)
    if number.startswith(OWN_CART):
        fields.faults["bad_cart_id"] += 1
        return ""
    return number


def _fact(one: Heard, kind: Kind, **more: object) -> Fact:
    fact = Fact(one.message.message_id, one.digest, one.at, str(kind), customer=one.user, visitor=one.visitor)
    return fact._replace(**more)  # type: ignore[arg-type]


def _subject(fields: Fields, prices: bool) -> Item | None:
    """The product that a message is about, wherever it stands in it."""
    listed = fields.products()
    return listed[0].item(prices) if listed and fields.find(names.SKU) is None else fields.item(prices)


def _priced(item: Item, factor: Decimal | None) -> Item:
    if item.unit_price is None:
        return item
    return item._replace(unit_price=item.unit_price * factor if factor is not None else None)


def _factor(fields: Fields, context: Context) -> Decimal | None:
    """What makes a price one in the shop's currency; None where nobody told the rate."""
    if fields.currency(context.currency) == context.currency:
        return Decimal(1)
    return fields.money(names.RATE)


def _word(fields: Fields, meaning: Meaning) -> str:
    """What was searched for, and the coupon."""
    return fields.text(WORDS[meaning.kind], 300)[:120] if meaning.kind in WORDS else ""


def _store(fields: Fields, context: Context) -> str:
    return fields.text(names.STORE, 20) or context.store
