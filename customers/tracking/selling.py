"""What servers and tills sold and took back is recorded as orders; who gave her e-mail for a receipt is asked whether
she wants more of it, and never taken to want it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import translation

from customers import events, guest_orders, orders, permissions, refunds
from customers.models import ApiKey, Order, Origin, Shop, Visitor
from customers.tracking import fields as names
from customers.tracking import soft_opt_in
from customers.tracking.fields import Fields, plain_text
from customers.tracking.heard import Context, Heard
from customers.tracking.names import is_cancellation
from customers.tracking.profiles import Party
from customers.tracking.purchases import Purchase

WANTS = ("opt_in", "optIn", "newsletter", "marketing_opt_in")
EMAIL = ("email", "customer_email", "customerEmail")
NO = {"false", "no", "0", "nein"}
WORDING = "receipt-2026-11"

Counts = Counter[tuple[str, str]]


class Sale(NamedTuple):
    """An order or refund, with the message that tells of it and its lines."""

    heard: Heard
    purchase: Purchase
    lines: list[orders.Line]


def record(heard: Sequence[Heard], parties: dict[str, Party], context: Context, counts: Counts) -> None:
    calls: dict[tuple[orders.Terms, Origin], list[Sale]] = defaultdict(list)
    for one in heard:
        if not one.is_sale(context):
            continue
        sale = _sale(one, context)
        store = sale.purchase.store
        counts["order", "unknown_store"] += bool(store and store not in context.stores)
        if why := _fault(sale, context):
            counts["order", why] += 1
        else:
            late = one.at < context.at - events.LIVE_FOR
            calls[_terms(sale, context), Origin.IMPORT if late else Origin.LIVE].append(sale)
    if calls:
        orders.settle_currency(context.currency)
    for (terms, origin), sales in calls.items():
        for part in _parts(sales):
            _record(part, terms, origin, parties, context, counts)


def currency(heard: Sequence[Heard], context: Context) -> str:
    """The shop's; before its first orders, that of the first here which can be recorded in the currency it tells."""
    told = [
        (one, own)
        for one in sorted(heard, key=lambda one: (one.at, one.digest))
        if one.is_sale(context)
        and one.meaning.kind == "order"
        and (own := Fields(one.message.properties).currency(""))
    ]
    if not told or Shop.current().currency:
        return context.currency
    return next(
        (own for one, own in told if not fault(one, replace(context, currency=own))), context.currency
    )


def fault(one: Heard, context: Context) -> str:
    """Why what is sold here cannot be recorded as it is told; "" where it can."""
    return _fault(_sale(one, context), context)


def missing(sales: Sequence[Heard], context: Context) -> set[str]:
    """The ids of those messages that have the number of their order, or refund, which is not there."""
    numbers = {
        line.number
        for one in sales
        for line in _sale(one, context).lines[:1]
        if one.message.message_id == list_id(line.number)
    }
    there = Order.objects.filter(source=context.key.source, number__in=numbers)
    return {list_id(number) for number in numbers.difference(there.values_list("number", flat=True))}


def list_id(number: str) -> str:
    """The id of the message that tells of this order, or refund, for a list."""
    return f"order {number}"


def _sale(one: Heard, context: Context) -> Sale:
    fields = Fields(one.message.properties)
    currency = fields.currency(context.currency)
    rate = fields.money(names.RATE) if currency != context.currency else None
    purchase = Purchase(
        str(one.meaning.kind),
        one.message.message_id,
        one.at,
        one.user,
        fields.text(names.STORE, 20) or context.store,
        is_cancellation(one.message.event),
        currency,
        rate,
        fields,
    )
    with translation.override(context.language):
        return Sale(one, purchase, list(purchase.lines()))


def _terms(sale: Sale, context: Context) -> orders.Terms:
    return orders.Terms(context.key.source, sale.purchase.currency, sale.purchase.rate, context.language)


def _fault(sale: Sale, context: Context) -> str:
    """One with a line beyond all measure is left out as a whole."""
    currency = sale.purchase.currency
    if not sale.purchase.number:
        return "no_order_number"
    if not currency or (currency != context.currency and not sale.purchase.rate):
        return "no_rate"
    factor = max(orders.factors(_terms(sale, context), context.currency))
    return "amount_size" if any(orders.size_fault(line, factor) for line in sale.lines) else ""


def _parts(sales: Sequence[Sale]) -> Iterator[list[Sale]]:
    """As many as one call takes. The earliest message of a number is the one that counts."""
    part: list[Sale] = []
    size = 0
    told: set[str] = set()
    for sale in sorted(sales, key=lambda sale: (sale.heard.at, sale.heard.digest)):
        if not sale.lines or sale.lines[0].number in told:
            continue
        told.add(sale.lines[0].number)
        if size + len(sale.lines) > orders.MOST_LINES:
            yield part
            part, size = [], 0
        part.append(sale)
        size += len(sale.lines)
    if part:
        yield part


def _record(
    part: list[Sale],
    terms: orders.Terms,
    origin: Origin,
    parties: dict[str, Party],
    context: Context,
    counts: Counts,
) -> None:
    owners: dict[int, tuple[Heard, Purchase]] = {}
    lines: list[orders.Line] = []
    for one, sale, its_lines in part:
        for line in its_lines:
            owners[len(lines)] = one, sale
            lines.append(line._replace(position=len(lines)))
    recorded = orders.record(lines, terms, context.at, origin)
    rests = {line.number: line.placed_at for line in lines if line.sku == refunds.REST}
    refunds.date(terms.source, rests)
    refunds.settle([order.order_id for order in recorded.orders], context.at, origin)
    made = [owners[order.first_position] for order in recorded.orders if order.created]
    counts["order", "recorded"] += len(made)
    counts["order", "known"] += sum(order.known for order in recorded.orders)
    counts["order", "other_customer"] += len(recorded.refused)
    asked = [request for one, sale in made if (request := _request(one, sale, parties, context, counts))]
    for fate, count in permissions.ask(asked, context.at).items():
        counts["consent", fate] += count
    soft = [
        said for one, sale in made if (said := soft_opt_in.stated(one, sale, parties.get(one.user), context))
    ]
    for fate, count in permissions.state(soft, context.at, origin).items():
        counts["consent", fate] += count


def _request(
    one: Heard, sale: Purchase, parties: dict[str, Party], context: Context, counts: Counts
) -> permissions.Asked | None:
    """At the till an e-mail is given to be written to, unless she said no; a shop online has one of every buyer, and
    asks those who ticked its box."""
    stated = sale.fields.find(WANTS)
    wants = context.key.kind == ApiKey.Kind.TILL if stated is None else _yes(stated)
    address = plain_text(sale.fields.find(EMAIL) or _traits(one).get("email"))
    party = parties.get(one.user)
    late = one.at < context.at - events.LIVE_FOR
    if sale.kind != "order" or not address or not wants or late or (party and party.erased):
        return None
    try:
        validate_email(address)
    except ValidationError:
        counts["consent", "bad_email"] += 1
        return None
    return permissions.Asked(
        address=address,
        channel="email",
        asked_at=context.at,
        language=context.language,
        customer_id=party.customer_id if party else None,
        evidence=_evidence(one, sale, context),
    )


def _evidence(one: Heard, sale: Purchase, context: Context) -> dict[str, Any]:
    ip = plain_text(one.message.context.get("ip"))[:45]
    return {
        "source": context.key.source,
        "form": plain_text(one.message.event)[:120],
        "wording": sale.fields.text(("wording",), 120) or WORDING,
        "order": sale.number,
        "store": sale.store,
        "stated_at": one.at.isoformat(),
        "ip": ip or f"none: told by {context.key.kind} {context.key.prefix}",
        "key": context.key.prefix or str(context.key.pk),
    }


def _traits(one: Heard) -> dict[str, Any]:
    found = one.message.context.get("traits")
    return found if isinstance(found, dict) else {}


def _yes(value: Any) -> bool:
    return bool(value) and str(value).strip().casefold() not in NO


def claim(guests: Sequence[tuple[str, str]], context: Context) -> None:
    """Orders of browsers whose owner is known, though the message did not name her."""
    if not guests:
        return
    owners = dict(
        Visitor.objects.filter(anonymous_id__in={v for v, _n in guests}, customer__erased_at=None)
        .exclude(customer=None)
        .values_list("anonymous_id", "customer_id")
    )
    claims = [
        guest_orders.Claim(context.key.source, number, owners[visitor])
        for visitor, number in guests
        if visitor in owners
    ]
    guest_orders.claim(claims, context.at)
