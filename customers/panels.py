"""The customer page is made of panels; every app adds its own, one file each in its folder `customer_panels`."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from config.registry import Registry
from customers.models import Customer, User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class Panel:
    """A part of the customer page: `template` drawn with what `context` gives, or left out when that is None.

    Panels stand in the order of `order`; `permission` None: whoever may see the customer.
    """

    key: str
    order: int
    label: "StrPromise"
    template: str
    permission: str | None = None

    def context(self, customer: Customer, reader: User, at: datetime) -> dict[str, Any] | None:
        raise NotImplementedError


@dataclass(frozen=True)
class Shown:
    panel: Panel
    context: dict[str, Any]


panels: Registry[Panel] = Registry("customer_panels")


def shown(customer: Customer, reader: User, at: datetime) -> list[Shown]:
    """The panels that this reader sees of this customer, in their order."""
    allowed = [p for p in panels if p.permission is None or reader.has_perm(p.permission)]
    drawn = ((p, p.context(customer, reader, at)) for p in sorted(allowed, key=lambda p: p.order))
    return [Shown(panel, context) for panel, context in drawn if context is not None]
