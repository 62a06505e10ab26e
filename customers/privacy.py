"""Everything that apps keep of one person: each app says what becomes of its rows, one file each in `personal_data`."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from config.pages.parts import Text
from config.registry import Registry
from customers.models import Customer


class Count(NamedTuple):
    """How many things of a kind there are of her, and what a merge makes of them."""

    label: Text
    number: int
    fate: Text


class PersonalData:
    """The rows of one app. `order` is the order in which apps are asked: what others build on comes later."""

    key: str
    order: int

    def merge(self, loser: Customer, winner: Customer, at: datetime) -> None:
        """Make the loser's rows the winner's, in a fixed number of statements.

        Called once, inside the transaction of the merge, which holds both customers' rows; they are given as they
        were before it.
        """
        raise NotImplementedError

    def counts(self, customer: Customer) -> Sequence[Count]:
        """What a merge would move or end, for the page that asks."""
        raise NotImplementedError


personal_data: Registry[PersonalData] = Registry("personal_data")


def ordered() -> list[PersonalData]:
    return sorted(personal_data, key=lambda each: each.order)


def counts(customer: Customer) -> Iterator[Count]:
    for each in ordered():
        yield from (count for count in each.counts(customer) if count.number)
