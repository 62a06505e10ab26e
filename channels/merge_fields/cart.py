"""What lies in her cart, with the link that opens it again."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from channels import links
from channels.messages.row_fields import RowFields
from customers import catalogue
from customers.merge_fields import products
from customers.models import Shop
from customers.personalisation import LONGEST_LIST, MergeField, Values, merge_fields

if TYPE_CHECKING:
    from channels.messages.rendering import Row

# Of each person the cart that is named, else her newest of the last 30 days, as for free shipping: open or abandoned,
# with something in it. One that is named and bought meanwhile is none, and no other takes its place.
CARTS = """
    SELECT asked.customer_id, asked.cart_id, cart.id, cart.value, cart.currency, cart.restore_url,
           line.quantity, line.amount, product.id, product.sku, product.names, product.picture, product.link
    FROM unnest(%(customers)s::bigint[], %(carts)s::bigint[]) AS asked (customer_id, cart_id)
    CROSS JOIN LATERAL (
        SELECT * FROM customers_cart AS c
        WHERE c.customer_id = asked.customer_id AND c.state <> 'bought' AND c.items > 0
          AND CASE WHEN asked.cart_id = 0 THEN c.last_activity_at > %(at)s::timestamptz - interval '30 days'
                   ELSE c.id = asked.cart_id END
        ORDER BY c.last_activity_at DESC, c.id DESC LIMIT 1
    ) AS cart
    JOIN customers_cartline AS line ON line.cart_id = cart.id
    JOIN customers_product AS product ON product.id = line.product_id
    ORDER BY asked.customer_id, asked.cart_id, line.id
"""
NEWEST = 0
Wanted = tuple[int, int]
NAMES = ("id", "value", "currency", "restore_url")
LINE = ("quantity", "amount", "product", "sku", "names", "picture", "link")
ITEMS = products.ITEMS | {"quantity": _("Quantity"), "amount": _("Amount")}
NOTHING: Mapping[str, Any] = {"cart_lines": [], "cart_value": "", "cart_url": "", "cart_more": 0}


def _example(language: str) -> list[dict[str, Any]]:
    """Two of the mugs: 25.80."""
    blouse, mug, _blanket = products.example(language)
    twice = {"de": "25,80 €", "en": "€25.80"}[language]
    pairs = ((blouse, 1, blouse["price"]), (mug, 2, twice))
    return [{**each, "quantity": quantity, "amount": amount, "cart": "x"} for each, quantity, amount in pairs]


@merge_fields.register
class CartFields(RowFields):
    """Her newest cart that she has not bought, or the one that the delivery names; empty without one."""

    key = "cart"
    label = _("Cart")
    position = 37
    fields = (
        MergeField(
            "cart_lines",
            _("Products in the cart"),
            {"de": _example("de"), "en": _example("en")},
            items=ITEMS,
        ),
        MergeField("cart_value", _("Value of the cart"), {"de": "75,70 €", "en": "€75.70"}),
        MergeField("cart_more", _("Further products in the cart"), {"en": 0}),
        MergeField(
            "cart_url",
            _("Link that opens the cart again"),
            {"en": "https://www.kaufhaus-linden.example/cart/Tn8"},
        ),
    )

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        found = _load({(each, NEWEST) for each in customer_ids}, language, at)
        return {each: dict(found.get((each, NEWEST), NOTHING)) for each in customer_ids}

    def row_values(self, rows: Sequence["Row"], language: str, at: datetime) -> dict[int, dict[str, Any]]:
        found = _load({_wanted(row) for row in rows}, language, at)
        return {row.id: dict(found.get(_wanted(row), NOTHING)) for row in rows}


def _wanted(row: "Row") -> Wanted:
    named = row.context.get("cart")
    return row.customer_id, named if isinstance(named, int) else NEWEST


def _load(wanted: Iterable[Wanted], language: str, at: datetime) -> dict[Wanted, dict[str, Any]]:
    """The carts of these, in one statement."""
    pairs = sorted(wanted)
    params: dict[str, Any] = {
        "customers": [who for who, _cart in pairs],
        "carts": [cart for _who, cart in pairs],
        "at": at,
    }
    carts: dict[Wanted, dict[str, Any]] = {}
    with connection.cursor() as cursor:
        cursor.execute(CARTS, params)
        for who, named, *rest in cursor.fetchall():
            cart = carts.setdefault((who, named), {**dict(zip(NAMES, rest, strict=False)), "lines": []})
            cart["lines"].append(dict(zip(LINE, rest[len(NAMES) :], strict=True)))
    home = Shop.current().currency if carts else ""
    return {key: _values(cart, cart["currency"] or home, language) for key, cart in carts.items()}


def _values(cart: Mapping[str, Any], currency: str, language: str) -> dict[str, Any]:
    key = links.cart_token(cart["id"])
    return {
        "cart_lines": [
            _line(line, currency, language) | {"cart": key} for line in cart["lines"][:LONGEST_LIST]
        ],
        "cart_value": catalogue.money(cart["value"], currency, language),
        "cart_url": cart["restore_url"],
        "cart_more": max(0, len(cart["lines"]) - LONGEST_LIST),
    }


def _line(line: Mapping[str, Any], currency: str, language: str) -> dict[str, Any]:
    return {
        "id": line["product"],
        "name": catalogue.name_in(json.loads(line["names"]), language, line["sku"]),
        "price": catalogue.money(line["amount"] // line["quantity"], currency, language),
        "quantity": line["quantity"],
        "amount": catalogue.money(line["amount"], currency, language),
        "picture": catalogue.absolute(line["picture"]),
        "link": catalogue.absolute(line["link"]),
    }
