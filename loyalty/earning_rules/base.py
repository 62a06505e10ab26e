"""What an earning rule is, and the registry that the folder `earning_rules` of every app fills.

A purchase earns, line by line, what is left of the amount x the sum of all rates x the highest factor that applies,
reckoned exactly and rounded once per order; then `most` is the limit. A rule answers from the purchase and its own
parameters alone: a refund asks the same rules again, years later, and must hear the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from config.registry import Registry
from customers.segments.params import ParamsForm

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """What is left of one article after refunds and discounts. `amount` is in minor units of the shop's currency."""

    sku: str
    category: str
    amount: Fraction
    brand: str = ""


@dataclass(frozen=True)
class Purchase:
    """An order as its rules see it. `on` is the day in the programme's zone, `unit` how many minor units are one of
    the currency, `store` the number of the store or empty, `tier_factor` that of the tier which the customer had when
    the order was first booked."""

    lines: tuple[Line, ...]
    on: date
    store: str
    unit: int
    tier_factor: Fraction = Fraction(1)


@dataclass(frozen=True)
class Limit:
    """At most so often (`most`) in a `period`: day, week, month of the programme's zone."""

    period: str
    most: int


class EarningRule:
    """One kind of rule. `params` are always the cleaned data of `Form`."""

    key: str
    label: "StrPromise"
    help: "StrPromise"
    icon = "coin"
    Form: type[ParamsForm]

    def words(self, params: Params) -> str:
        """What the rule gives, as a sentence without a full stop."""
        raise NotImplementedError

    def rate(self, params: Params, purchase: Purchase, line: Line) -> Fraction:
        """Points per minor unit of this line."""
        return Fraction(0)

    def factor(self, params: Params, purchase: Purchase, line: Line) -> Fraction:
        """What this line's points are multiplied with."""
        return Fraction(1)

    def most(self, params: Params) -> int | None:
        """The most points that an order can earn."""
        return None

    def event(self, params: Params) -> tuple[str, str] | None:
        """The kind of behaviour that earns points, and its name or "" for any (`customers.models.Event`)."""
        return None

    def event_points(self, params: Params) -> int:
        return 0

    def limits(self, params: Params) -> list[Limit]:
        """How often behaviour earns points."""
        return []

    def birthday_points(self, params: Params) -> int:
        """What a customer is given on her birthday (loyalty/birthdays.py)."""
        return 0


earning_rules: Registry[EarningRule] = Registry("earning_rules")


def within(category: str, wanted: list[str]) -> bool:
    """Whether a category is one of those, or below one: `Home/Kitchen/Mugs` is within `Home/Kitchen`."""
    return any(category == path or category.startswith(path + "/") for path in wanted)
