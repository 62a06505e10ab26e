"""Referrals in the small shop of the segments' tests, and what conditions on them mean, one customer at a time."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from customers.models import Customer
from loyalty.models import Program, Referral, ReferralTerms

Params = dict[str, Any]


def build(chance: random.Random, people: Sequence[Customer], at: datetime) -> None:
    """A few who recommend many, in every state."""
    program = Program.objects.order_by("pk")[0]
    terms = ReferralTerms.objects.create(
        program=program, version=1, active=True, giver_points=1, welcome_points=1, at=at
    )
    for person in people[8:40]:
        Referral.objects.create(
            terms=terms,
            referrer=chance.choice(people[:7]),
            recommended=person,
            source="api",
            state=chance.choice(Referral.State.values),
            claimed_at=at,
        )


def join(people: Mapping[int, Any]) -> None:
    for each in Referral.objects.all():
        people[each.referrer_id].brought.append(each.state)
        people[each.recommended_id].came = each.state


def has_recommended(params: Params, person: Any, at: datetime) -> bool:
    number = sum(params["counted"] == "any" or state == "rewarded" for state in person.brought)
    if not number:
        return False
    least, most = params["number"], params.get("upper")
    answers = {"at_least": number >= least, "at_most": number <= least, "exactly": number == least}
    return least <= number <= most if params["operator"] == "between" else answers[params["operator"]]


def was_recommended(params: Params, person: Any, at: datetime) -> bool:
    return person.came == "rewarded" if params["counted"] == "rewarded" else bool(person.came)
