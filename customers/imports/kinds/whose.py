"""Whose behaviour or cart a line tells of: by number, by e-mail address, or only by her browser.

As with the tracking API, a number that nobody has makes a customer. An address makes nobody: it must be the one of a
single person that we know.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from customers import contacts
from customers.imports import values
from customers.imports.faults import LineRefused
from customers.imports.kinds.base import ORIGIN
from customers.imports.kinds.contacts import address
from customers.imports.kinds.orders import customer_number
from customers.models import ImportJob
from customers.tracking import profiles


class Whose(NamedTuple):
    """Texts that are not known are empty. The address, in small letters, counts where there is no number."""

    customer: str
    email: str
    visitor: str


class Parser:
    def __init__(self, places: dict[str, int]) -> None:
        self.at = [places.get(key, -1) for key in ("customer", "email", "visitor")]
        self.customers = values.Remembered(customer_number("customer"))
        self.emails = values.Remembered(lambda cell: address(cell).lower() if cell.strip() else "")
        self.visitors = values.Remembered(values.text("visitor", 120))

    def __call__(self, cells: list[str]) -> Whose:
        """Raises LineRefused for a line that names nobody."""
        customer, email, visitor = (cells[place] for place in self.at)
        found = Whose(self.customers[customer], self.emails[email], self.visitors[visitor])
        if not any(found):
            raise LineRefused("nobody", "customer")
        return found


class People(NamedTuple):
    """`refused` is {address: reason}, `ids` {address: customer}; `made` counts the new customers."""

    ids: dict[str, int]
    refused: dict[str, str]
    made: int

    def fault(self, whose: Whose) -> str:
        return "" if whose.customer or whose.visitor else self.refused.get(whose.email, "")

    def id_of(self, whose: Whose) -> int | None:
        return None if whose.customer else self.ids.get(whose.email)


def meet(everybody: Iterable[Whose], job: ImportJob, at: datetime) -> People:
    """Find the people that lines tell of, and make those whose number is new."""
    everybody = set(everybody)
    numbers = {whose.customer for whose in everybody if whose.customer}
    parties = profiles.known(numbers, job.source)
    made = len(numbers - set(parties))
    profiles.meet(numbers, parties, job.source, at, ORIGIN)
    addresses = {whose.email for whose in everybody if whose.email and not whose.customer}
    found = contacts.find(sorted(addresses)) if addresses else {}
    counts = {one: len(found.get(one, ())) for one in addresses}
    refused = {
        one: "address_shared" if count else "address_unknown" for one, count in counts.items() if count != 1
    }
    return People({one: ids[0] for one, ids in found.items() if len(ids) == 1}, refused, made)
