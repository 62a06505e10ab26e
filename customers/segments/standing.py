"""Where one person stands in an audience, asked of her alone: cheap, whatever the rule is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from customers.models import Shop
from customers.segments.membership import checking, readings


class Standing(NamedTuple):
    """`within` the rule; of the exclusions those (by place) that hold her. `broken`: a rule has a fault, so nobody is
    in the audience."""

    within: bool
    excluded: list[int]
    broken: bool

    @property
    def belongs(self) -> bool:
        return self.within and not self.excluded and not self.broken


def of(customer_id: int, rule: Any, exclusions: Sequence[Any], at: datetime) -> Standing:
    """As `compiler.audience` would find, for this customer."""
    rules = [readings.once(place, stored) for place, stored in enumerate([rule, *exclusions])]
    local = at.astimezone(ZoneInfo(Shop.current().time_zone))
    found = checking.belonging(rules, [customer_id], local)
    holds = [customer_id in found.get(place, ()) for place in range(len(rules))]
    return Standing(holds[0], [place for place, yes in enumerate(holds[1:]) if yes], len(found) < len(rules))
