"""What addresses of several apps need. A maker gets who asks, None for nobody, and gives an address's arguments."""

from collections.abc import Callable
from typing import Any

from customers.models import User
from tests.factories import CustomerFactory, StoreFactory

Maker = Callable[[User | None], dict[str, Any]]


def unknown_token(user: User | None) -> dict[str, Any]:
    return {"token": "unknown"}


def customer(user: User | None) -> dict[str, Any]:
    """A customer of a store of the reader's, who otherwise would not see her as a store manager."""
    store = StoreFactory()
    if user is not None:
        user.stores.add(store)
    return {"customer_id": CustomerFactory(home_store=store).pk}
