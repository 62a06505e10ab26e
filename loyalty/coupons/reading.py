"""Codes and redemptions as rows of the models, read by statements that are written once: composing them anew for each
redemption costs more than all the rest of it."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import JSONField, Model

from config import prepared
from loyalty.models import Coupon, CouponCode, Offer, Redemption

M = TypeVar("M", bound=Model)
# The number of the lock of an order, whose key is the SQL expression.
ORDER_LOCK = "hashtextextended('coupons of order ' || {}, 0)"


def code(text: str, order_key: str = "") -> CouponCode | None:
    """The code with coupon and offer. With an order, whoever redeems for it waits for others of the same order until
    the transaction ends, so that what may not go together is seen by the statements that follow; whoever makes the
    code void is met later, when it is booked (redemption_statements.py)."""
    row = _rows(_find(bool(order_key)), [text, order_key] if order_key else [text])
    if not row:
        return None
    places = [len(_names(model)) for model in (CouponCode, Coupon, Offer)]
    first, second = places[0], places[0] + places[1]
    found = _made(CouponCode, row[0][:first])
    found.coupon = _made(Coupon, row[0][first:second])
    found.coupon.offer = _made(Offer, row[0][second : second + places[2]])
    return found


def redemptions(order_key: str, source: str, reference: str) -> list[Redemption]:
    """The live ones of an order, and the one by the caller's key."""
    rows = _rows(_of_order(), [order_key, *(source, reference) * 2])
    return [_made(Redemption, row) for row in rows]


@cache
def _find(locking: bool) -> str:
    columns = f"{_columns(CouponCode, 'k')}, {_columns(Coupon, 'c')}, {_columns(Offer, 'o')}"
    source = """FROM loyalty_couponcode k JOIN loyalty_coupon c ON c.id = k.coupon_id
        JOIN loyalty_offer o ON o.id = c.offer_id WHERE k.text = %s"""
    if not locking:
        return f"SELECT {columns} {source}"
    return f"""
        WITH found AS MATERIALIZED (SELECT {columns} {source} FOR KEY SHARE OF k)
        SELECT found.*, pg_advisory_xact_lock({ORDER_LOCK.format("%s")}) FROM found
    """  # noqa: S608


@cache
def _of_order() -> str:
    return f"""
        SELECT {_columns(Redemption, "r")} FROM loyalty_redemption r
        WHERE (r.order_key = %s AND r.state IN ('reserved', 'redeemed')) OR (r.source = %s AND r.reference = %s)
            OR (r.source = %s AND r.confirmed_by = %s AND r.confirmed_by <> '')
    """  # noqa: S608


@cache
def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


@cache
def _json(model: type[Model]) -> list[int]:
    fields = model._meta.concrete_fields
    return [place for place, field in enumerate(fields) if isinstance(field, JSONField)]


def _columns(model: type[Model], alias: str) -> str:
    return ", ".join(
        f"{alias}.{field.column} AS {alias}_{field.column}" for field in model._meta.concrete_fields
    )


def _made(model: type[M], values: Sequence[Any]) -> M:
    plain = list(values)
    for place in _json(model):
        plain[place] = json.loads(plain[place])
    return model.from_db(connection.alias, _names(model), plain)


def _rows(statement: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with prepared.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())
