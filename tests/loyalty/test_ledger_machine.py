"""Whatever happens in whichever order, the books agree after each step and an account holds what was booked.

The net of each person (points less what is owed) is kept beside, the obvious way.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from customers import merging
from loyalty import books, corrections, ledger
from loyalty.bookings import BOOKED, KNOWN, Booked, Booking
from loyalty.corrections import Correction
from loyalty.models import Account
from tests.factories import UserFactory
from tests.loyalty import points
from tests.loyalty.points import DAY, NOON

EXAMPLES = int(os.environ.get("LOYALTY_EXAMPLES", "12"))
some = st.integers(1, 40)
who = st.integers(0, 2)
days = st.none() | st.integers(0, 30)


@dataclass
class Done:
    """A booking that was made: by whom, how much of it can still be taken back."""

    booked: Booked
    row: Booking
    left: int = field(default=0)


class Ledger(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.atom = transaction.atomic()
        self.atom.__enter__()
        self.at = NOON
        self.program = points.program(second_person_above=10**6)
        self.user = UserFactory()
        self.people = [points.person() for _ in range(3)]
        self.net: Counter[int] = Counter()
        self.counted: Counter[int] = Counter()  # what was ever earned and counts for tiers
        self.grants: list[Done] = []
        self.spends: list[Done] = []
        self.holds: list[Booking] = []
        self.number = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atom.__exit__(None, None, None)

    def next(self) -> str:
        self.number += 1
        return str(self.number)

    def free(self, person: int) -> int:
        return points.free(self.program, person, self.at)

    def row(self, person: int, number: int, **fields: Any) -> Booking:
        return Booking(person, number, "machine", self.next(), **fields)

    @rule(n=who, number=some, ready=days, ends=days, counts=st.booleans())
    def earn(self, n, number, ready, ends, counts):
        row = self.row(
            self.people[n],
            number,
            available_from=None if ready is None else self.at + ready * DAY,
            expires_at=None if ends is None else self.at + (ends + 1) * DAY,
            counts_for_tier=counts,
        )
        self.grants.append(Done(ledger.earn(self.program, [row], self.at)[0], row, number))
        self.net[row.customer_id] += number
        self.counted[row.customer_id] += number * counts

    @rule(n=who, number=some)
    def spend(self, n, number):
        row, free = self.row(self.people[n], number), self.free(self.people[n])
        booked = ledger.spend(self.program, [row], self.at)[0]
        assert (booked.fate == BOOKED) == (number <= free)
        if booked.done:
            self.spends.append(Done(booked, row))
            self.net[row.customer_id] -= number

    @precondition(lambda self: self.grants)
    @rule(data=st.data())
    def repeat(self, data):
        done = data.draw(st.sampled_from(self.grants))
        assert ledger.earn(self.program, [done.row], self.at)[0] == done.booked._replace(fate=KNOWN)

    @rule(n=who, number=some, hours=st.integers(1, 60))
    def hold(self, n, number, hours):
        row = self.row(self.people[n], number, expires_at=self.at + timedelta(hours=hours))
        free = self.free(row.customer_id)
        held = ledger.hold(self.program, [row], self.at)[0]
        assert (held.fate == BOOKED) == (number <= free)
        if held.fate == BOOKED:
            assert self.free(row.customer_id) == free - number
            self.holds.append(row)

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def spend_hold(self, data):
        held = self.holds.pop(data.draw(st.integers(0, len(self.holds) - 1)))
        row = self.row(held.customer_id, held.points, hold=held.reference)
        if ledger.spend(self.program, [row], self.at)[0].done:
            self.net[held.customer_id] -= held.points

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def release(self, data):
        held = self.holds.pop(data.draw(st.integers(0, len(self.holds) - 1)))
        ledger.release(self.program, [held], self.at)
        assert ledger.release(self.program, [held], self.at) == 0

    @precondition(lambda self: self.grants)
    @rule(data=st.data(), number=some)
    def refund(self, data, number):
        done = data.draw(st.sampled_from(self.grants))
        row = self.row(done.row.customer_id, number, reverses_id=done.booked.entry_id)
        if number > done.left:
            with pytest.raises(corrections.NotAllowed), transaction.atomic():
                corrections.refund(self.program, [row], self.at)
            return
        corrections.refund(self.program, [row], self.at)
        done.left -= number
        self.net[row.customer_id] -= number
        self.counted[row.customer_id] -= number * done.row.counts_for_tier

    @precondition(lambda self: self.spends)
    @rule(data=st.data())
    def reverse(self, data):
        done = self.spends.pop(data.draw(st.integers(0, len(self.spends) - 1)))
        for _twice in range(2):
            corrections.reverse(self.program, done.booked.entry_id or 0, self.at)
        self.net[done.row.customer_id] += done.row.points

    @rule(n=who, number=st.integers(-40, 40).filter(bool))
    def adjust(self, n, number):
        wish = Correction(self.people[n], number, "machine", ("staff", self.next()))
        corrections.adjust(self.program, wish, self.user, self.at)
        self.net[self.people[n]] += number

    @rule(giver=who, taker=who, number=some)
    def transfer(self, giver, taker, number):
        one, other = self.people[giver], self.people[taker]
        if one != other:
            key = ("machine", self.next())
            if corrections.transfer(self.program, one, other, number, key, self.at).done:
                self.net[one] -= number
                self.net[other] += number

    @rule(hours=st.integers(1, 400))
    def time_passes(self, hours):
        self.at += timedelta(hours=hours)

    @rule()
    def expire(self):
        before = self.totals()
        ledger.expire(self.at)
        for person, total in self.totals().items():
            self.net[person] -= before[person] - total
        assert all(verdict.green for verdict in books.check(self.at))

    @precondition(lambda self: len(set(self.people)) > 1)
    @rule(loser=who, winner=who)
    def merge(self, loser, winner):
        """What has ended is not passed on; it is swept before, so that the sums can be told beforehand."""
        one, other = self.people[loser], self.people[winner]
        if one == other:
            return
        self.expire()
        merging.merge(one, other, self.user, self.at)
        self.people = [other if each == one else each for each in self.people]
        self.holds = [held for held in self.holds if held.customer_id != one]
        for done in (*self.grants, *self.spends):
            if done.row.customer_id == one:
                object.__setattr__(done.row, "customer_id", other)
        self.net[other] += self.net.pop(one, 0)
        self.counted[other] += self.counted.pop(one, 0)

    def totals(self) -> Counter[int]:
        rows = Account.objects.values_list("customer", "balance", "debt")
        return Counter({customer: balance - debt for customer, balance, debt in rows})

    @invariant()
    def books_agree(self):
        red = [v for v in books.check(self.at) if not v.green and v.invariant.key != "swept"]
        assert red == []

    @invariant()
    def everybody_has_what_was_booked(self):
        assert {p: n for p, n in self.totals().items() if n} == {p: n for p, n in self.net.items() if n}

    @invariant()
    def nobody_has_ever_earned_less_than_nothing(self):
        ever = dict(Account.objects.exclude(lifetime=0).values_list("customer", "lifetime"))
        assert ever == {person: number for person, number in self.counted.items() if number}
        assert min(ever.values(), default=1) > 0


@pytest.mark.django_db
def test_the_books_agree_after_every_step():
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate],  # making it shorter takes minutes
        ),
    )
