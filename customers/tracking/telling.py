"""Lists of products, orders and visits, as the API's other doors bring them, go the same way as messages."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from babel.numbers import get_currency_precision

from customers import products as catalogue
from customers.models import ApiKey, Origin, Product, Shop
from customers.tracking import selling, translating
from customers.tracking.messages import Message

if TYPE_CHECKING:
    from customers.api.rows import OrderRow, ProductRow, VisitRow

REFUSED = {
    "no_order_number": ("number", "An order needs a number."),
    "no_rate": (
        "exchange_rate",
        "This is not the shop's currency: tell how much of the shop's one unit of it is worth.",
    ),
    "amount_size": ("lines", "A line comes to more than 10^13 minor units."),
}


class Told(NamedTuple):
    """What became of the rows; those that cannot be recorded, by place, with the field to mend and the reason."""

    counts: dict[str, int]
    refused: dict[int, tuple[str, str]]


def products(key: ApiKey, rows: "Sequence[ProductRow]", at: datetime) -> Told:
    shop = Shop.current()
    default = shop.currency or "EUR"
    articles = [_article(row, row.currency or default) for row in rows]
    language = shop.languages[0] if shop.languages else "en"
    recorded = catalogue.record(articles, at, Origin.LIVE, language)
    same = len(recorded.ids) - len(recorded.made) - len(recorded.changed)
    return Told({"made": len(recorded.made), "changed": len(recorded.changed), "same": same}, {})


def _article(row: "ProductRow", currency: str) -> catalogue.Article:
    kind = None
    if row.service is not None:
        kind = str(Product.Kind.SERVICE if row.service else Product.Kind.MERCHANDISE)
    return catalogue.Article(
        row.sku,
        kind,
        dict(row.names),
        "/".join(" ".join(level.split()) for level in row.category.split("/") if level.strip()) or None,
        None if row.price is None else _minor(row.price, currency),
        None if row.cost is None else _minor(row.cost, currency),
        None if row.price is None and row.cost is None else currency,
        row.stock,
        row.picture or None,
        row.link or None,
        " ".join(row.brand.split()) or None,
    )


def _minor(value: Decimal, currency: str) -> int:
    return int(value.scaleb(get_currency_precision(currency)).to_integral_value(ROUND_HALF_UP))


def orders(key: ApiKey, rows: "Sequence[OrderRow]", at: datetime) -> Told:
    """Of what is refused nothing is kept, so that it can be told again, mended."""
    messages = [_order(row) for row in rows]
    faults = translating.faults(key, messages, at)
    taken = [message for place, message in enumerate(messages) if place not in faults]
    return Told(_told(key, taken, at), {place: REFUSED[fault] for place, fault in faults.items()})


def _order(row: "OrderRow") -> Message:
    numbers = (
        {"order_id": row.refund_of, "refund_id": row.number} if row.refund_of else {"order_id": row.number}
    )
    properties = numbers | {
        "email": row.email,
        "opt_in": row.opt_in,
        "similar_goods": row.similar_goods,
        "notice_at_collection": row.notice_at_collection,
        "store": row.store,
        "currency": row.currency,
        "exchange_rate": _plain(row.exchange_rate),
        "total": _plain(row.total),
        "shipping": _plain(row.shipping),
        "tax": _plain(row.tax),
        "discount": _plain(row.discount),
        "products": [
            {
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "price": _plain(line.unit_price),
                "cost": _plain(line.cost),
            }
            for line in row.lines
        ],
    }
    return _message(
        selling.list_id(row.number),
        "Order Refunded" if row.refund_of else "Order Completed",
        row.placed_at,
        row.customer,
        row.visitor,
        {name: value for name, value in properties.items() if value not in (None, "", [])},
    )


def visits(key: ApiKey, rows: "Sequence[VisitRow]", at: datetime) -> Told:
    messages = [
        _message(
            f"visit {row.store} {row.customer or row.visitor} {row.at.isoformat()}",
            "Store Visited",
            row.at,
            row.customer,
            row.visitor,
            {"store": row.store},
        )
        for row in rows
    ]
    return Told(_told(key, messages, at), {})


def _message(
    message_id: str, event: str, at: datetime, customer: str, visitor: str, properties: dict[str, Any]
) -> Message:
    return Message(
        type="track",
        message_id=message_id,
        timestamp=at.astimezone(UTC).isoformat(),
        user_id=customer,
        anonymous_id=visitor,
        event=event,
        properties=properties,
    )


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _told(key: ApiKey, messages: Sequence[Message], at: datetime) -> dict[str, int]:
    return {f"{what} {fate}": count for (what, fate), count in translating.apply(key, messages, at).items()}
