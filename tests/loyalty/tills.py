"""Stores with their staff, allowances and goodwill for the tests of the till."""

from itertools import count
from typing import Any

from customers.models import Customer, Store, User
from loyalty.models import AllowanceRule, GoodwillReason, GoodwillRequest, TillSettings
from loyalty.till.goodwill import Wish
from tests.factories import CustomerFactory, StoreFactory, UserFactory

_numbers = count(1)


def staff(store: Store, role: str = "store_manager", **fields: Any) -> User:
    user = UserFactory(in_role=role, **fields)
    user.stores.add(store)
    return User.objects.get(pk=user.pk)


def shopper(store: Store, **fields: Any) -> Customer:
    return CustomerFactory(home_store=store, **fields)


def reason(name: str = "Something broke") -> GoodwillReason:
    return GoodwillReason.objects.get_or_create(name=name)[0]


def allow(
    coupons: int = 10, money: int = 10_000, user: User | None = None, store: Store | None = None
) -> AllowanceRule:
    made = {"most_coupons": coupons, "most_money": money}
    return AllowanceRule.objects.update_or_create(user=user, store=store, defaults=made)[0]


def threshold(amount: int, **fields: Any) -> TillSettings:
    about = {"second_person_above": amount} | fields
    return TillSettings.objects.update_or_create(pk=1, defaults=about)[0]


def wish(store: Store, amount: int = 500, **fields: Any) -> Wish:
    given = {
        "customer": fields.get("customer") or shopper(store),
        "store": store,
        "reason": reason(),
        "note": "",
        "amount": amount,
        "source": "test",
        "reference": str(next(_numbers)),
    }
    return Wish(**given | fields)


def request_of(store: Store, maker: User) -> GoodwillRequest:
    asked = wish(store)
    return GoodwillRequest.objects.create(
        **asked.fields, currency="EUR", maker=maker, asked_at=asked.customer.created_at
    )


def somewhere() -> tuple[Store, User]:
    """A store with somebody who may give 100 EUR a month there in ten coupons, above 15 EUR not alone."""
    store = StoreFactory()
    allow()
    threshold(1500)
    return store, staff(store)
