"""How much goodwill somebody may give in a store and month, and what is left of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from config import clocks
from customers.models import Store, User
from loyalty.models import Allowance, AllowanceRule
from loyalty.till import stores

# What was lowered below what is given already leaves nothing, and takes nothing back. The row is held from here on.
PREPARE = """
    INSERT INTO loyalty_allowance AS a (user_id, store_id, month, currency, most_coupons, most_money)
    VALUES (%(user)s, %(store)s, %(month)s, %(currency)s, %(most_coupons)s, %(most_money)s)
    ON CONFLICT (user_id, store_id, month, currency) DO UPDATE
    SET most_coupons = greatest(EXCLUDED.most_coupons, a.coupons), most_money = greatest(EXCLUDED.most_money, a.money)
    RETURNING id
"""
TAKE = """
    UPDATE loyalty_allowance SET coupons = coupons + 1, money = money + %(amount)s
    WHERE id = %(id)s AND coupons < most_coupons AND money + %(amount)s <= most_money
    RETURNING id
"""


@dataclass(frozen=True)
class Standing:
    """`money` and `coupons` are what is left; money in minor units of `currency`. `ruled`: whether anybody has said how
    much she may give."""

    ruled: bool
    coupons: int
    money: int
    most_coupons: int
    most_money: int
    currency: str


def rule_for(user: User, store: Store) -> AllowanceRule | None:
    """The most particular rule that says something about her in this store."""
    about = AllowanceRule.objects.filter(Q(user=user) | Q(user=None), Q(store=store) | Q(store=None))
    return max(about, key=lambda rule: (rule.user_id is not None, rule.store_id is not None), default=None)


def month(store: Store, at: datetime) -> date:
    return clocks.local_day(at, store.time_zone).replace(day=1)


def standing(user: User, store: Store, at: datetime) -> Standing:
    """What is left for her in this store this month."""
    rule, currency = rule_for(user, store), stores.currency()
    row = Allowance.objects.filter(user=user, store=store, month=month(store, at), currency=currency).first()
    coupons, money = (row.coupons, row.money) if row else (0, 0)
    most_coupons, most_money = (rule.most_coupons, rule.most_money) if rule else (0, 0)
    left = max(0, most_coupons - coupons), max(0, most_money - money)
    return Standing(rule is not None, *left, most_coupons, most_money, currency)


def hold(user: User, store: Store, at: datetime) -> Allowance:
    """This month's row with its limits as they are now, held until the transaction ends."""
    rule = rule_for(user, store)
    params: dict[str, Any] = {
        "user": user.pk,
        "store": store.pk,
        "month": month(store, at),
        "currency": stores.currency(),
        "most_coupons": rule.most_coupons if rule else 0,
        "most_money": rule.most_money if rule else 0,
    }
    with connection.cursor() as cursor:
        cursor.execute(PREPARE, params)
        return Allowance.objects.get(pk=cursor.fetchone()[0])


def take(allowance: Allowance, amount: int) -> bool:
    """Book one coupon of this amount; False where it is more than is left."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"id": allowance.pk, "amount": amount})
        return cursor.fetchone() is not None
