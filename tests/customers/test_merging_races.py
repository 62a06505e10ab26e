"""Merges at the same moment as each other and as facts that come in, on real connections."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from customers import events, merging
from customers.models import AuditEntry, Customer, Event, Identity, User
from tests.customers import tracked
from tests.customers.tracked import MUG, track
from tests.factories import CustomerFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault("F39")]
WAIT = 20


@pytest.fixture
def by() -> User:
    return UserFactory()


def beside(job: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        job()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


class Paused:
    """`owner.name` that stops before it begins, in the first thread that comes, until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        self.there, self.go = threading.Event(), threading.Event()
        real, first = getattr(owner, name), threading.Lock()

        def wrapped(*args: Any, **more: Any) -> Any:
            if first.acquire(blocking=False):
                self.there.set()
                assert self.go.wait(WAIT)
            return real(*args, **more)

        monkeypatch.setattr(owner, name, wrapped)


def outcome(loser: Customer, winner: Customer, by: User, into: list[str]) -> Callable[[], None]:
    def run() -> None:
        try:
            into.append("done" if merging.merge(loser.pk, winner.pk, by, tracked.AT) else "same")
        except merging.Refused:
            into.append("refused")

    return run


def crossed(monkeypatch: pytest.MonkeyPatch, by: User) -> tuple[list[str], list[Customer]]:
    """A into B has read both when B into A begins; what came of the two, and the rows after them."""
    anna, berta, fates = CustomerFactory(), CustomerFactory(), list[str]()
    paused = Paused(monkeypatch, merging, "_profile")
    first = beside(outcome(anna, berta, by, fates))
    assert paused.there.wait(WAIT)
    second = beside(outcome(berta, anna, by, fates))
    second.join(1)
    paused.go.set()
    first.join(WAIT)
    second.join(WAIT)
    return sorted(fates), list(Customer.objects.order_by("pk"))


def test_of_two_crossed_merges_one_is_refused(monkeypatch: pytest.MonkeyPatch, by: User) -> None:
    fates, (anna, berta) = crossed(monkeypatch, by)
    assert fates == ["done", "refused"]
    assert (anna.merged_into, berta.merged_into) == (berta, None)
    assert AuditEntry.objects.count() == 1


def test_without_the_locks_both_become_tombstones(monkeypatch: pytest.MonkeyPatch, by: User) -> None:
    """The negative control."""
    monkeypatch.setattr(merging, "_hold", lambda *ids: list(Customer.objects.filter(pk__in=ids)))
    monkeypatch.setattr(merging, "_hold_recorders", lambda *ids: None)
    fates, (anna, berta) = crossed(monkeypatch, by)
    assert fates == ["done", "done"]
    assert anna.merged_into is not None
    assert berta.merged_into is not None, "nobody is left"


def overtaken(monkeypatch: pytest.MonkeyPatch, by: User, wait: float = 1) -> tuple[Customer, Customer]:
    """An event has looked up whose number it is, and is written while she is being merged. `wait`: for the merge, which
    the guard holds up."""
    winner, loser = CustomerFactory(), CustomerFactory()
    for customer, number in ((winner, "W"), (loser, "L")):
        Identity.objects.create(customer=customer, source="shop", number=number)
    key = tracked.key()
    paused = Paused(monkeypatch, events, "_write")
    recording = beside(lambda: tracked.apply([track("Product Viewed", 1, "L", **MUG)], key))
    assert paused.there.wait(WAIT)
    merged = beside(outcome(loser, winner, by, []))
    merged.join(wait)
    paused.go.set()
    recording.join(WAIT)
    merged.join(WAIT)
    assert Customer.objects.get(pk=loser.pk).merged_into == winner
    return winner, loser


def test_an_event_on_its_way_is_not_left_behind(monkeypatch: pytest.MonkeyPatch, by: User) -> None:
    winner, _loser = overtaken(monkeypatch, by)
    assert Event.objects.get().customer_id == winner.pk


def test_without_waiting_for_recorders_it_is_left_behind(monkeypatch: pytest.MonkeyPatch, by: User) -> None:
    """The negative control."""
    monkeypatch.setattr(merging, "_hold_recorders", lambda *ids: None)
    _winner, loser = overtaken(monkeypatch, by, WAIT)
    assert Event.objects.get().customer_id == loser.pk


def test_whoever_waits_too_long_is_told_to_try_again(monkeypatch: pytest.MonkeyPatch, by: User) -> None:
    monkeypatch.setattr(merging, "PATIENCE", "SET LOCAL lock_timeout = '100ms'")
    winner, loser = CustomerFactory(), CustomerFactory()
    paused = Paused(monkeypatch, merging, "_profile")
    first = beside(outcome(CustomerFactory(), winner, by, []))
    assert paused.there.wait(WAIT)
    with pytest.raises(merging.Refused, match=r"try again|noch einmal"):
        merging.merge(loser.pk, winner.pk, by, tracked.AT)
    paused.go.set()
    first.join(WAIT)
    assert merging.merge(loser.pk, winner.pk, by, tracked.AT)
