"""A claimed batch, slice by slice: gate and write `calling` in one transaction, call without one, write outcomes."""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.db import IntegrityError, InterfaceError, InternalError, OperationalError, connection, transaction

from channels import backends
from channels.arbiter import eligibility, facts
from channels.arbiter.rows import Act, Row, Verdicts, wait
from channels.backends.base import BUDGET, UNSENT, Connection, Kind, Outcome, Outcomes
from channels.delivery import (
    batching,
    contents,
    ledger,
    mails,
    pace,
    pausepoints,
    pausing,
    stopping,
    verdicts,
)
from channels.delivery import outcomes as answers
from channels.delivery.batching import Planned
from channels.delivery.contents import Prepared
from channels.delivery.ledger import Change
from channels.models import Account, Delivery
from channels.signals import deliveries_called
from customers.models import Origin

log = logging.getLogger(__name__)

SLICE = 200
FIRST_SLICE = 50
# What an account took in the time of a slice when this process last called it.
_sizes: dict[int, int] = {}
# How long a worker that knows what the provider said tries to write it down, in seconds.
PATIENCE = 600
# Two people at one address, called at the same moment by two workers: the second is judged again.
ADDRESS_RACES = 5

Clock = Callable[[], datetime]
State = Delivery.State


class FenceLost(Exception):
    """The batch is no longer ours: the lease ran out and the sweeper has closed it."""


# InternalError: it takes nothing, as a standby or one that an administrator has closed.
DATABASE_DOWN = (OperationalError, InterfaceError, InternalError)


def run(batch_id: int, fence: int, clock: Clock) -> None:
    """Work on a batch under its fence until it is done, the account rests or pauses, or a stop is asked for."""
    try:
        Run(batch_id, fence, clock).all()
    except FenceLost:
        log.warning("Batch %s: the lease ran out", batch_id)
        return
    except DATABASE_DOWN as error:
        log.warning("Batch %s: the database went away: %s", batch_id, type(error).__name__)
    persistently(lambda: batching.finish(batch_id, fence))


class Run:
    """One worker with one batch."""

    def __init__(self, batch_id: int, fence: int, clock: Clock) -> None:
        self.batch_id = batch_id
        self.fence = fence
        self.clock = clock
        self.account = Account.objects.get(batch=batch_id)
        self.size = _sizes.get(self.account.pk, FIRST_SLICE)
        self.proven = False
        self.slow = pace.is_slow(self.account.pk)

    def all(self) -> None:
        provider = self._provider()
        if provider is None:
            return
        rows = batching.rows_of(self.batch_id)
        if self.account.per_second or self.slow:
            rows = self._passing(rows)
        prepared = contents.prepare(rows, self.clock())
        ledger.write(self.batch_id, self.fence, prepared.ended, State.PLANNED)
        waiting = [row for row in rows if row.id in prepared.mails]
        while waiting and not stopping.requested():
            count = self._take(min(self.size, len(waiting)))
            left = self._slice(provider, waiting[:count], prepared)
            if left is None or (self.slow and pace.crowded(self.account.pk, self.batch_id)):
                break
            waiting = left + waiting[count:]

    def _provider(self) -> Connection | None:
        try:
            return backends.connection(self.account)
        except (ValueError, KeyError) as error:
            pausing.pause_account(self.account.pk, self.clock(), str(error))
            return None

    def _passing(self, rows: Sequence[Planned]) -> list[Planned]:
        """Those who would be sent to now. What counts is the judgement of the slice; but where calls are rationed, they
        are not for people who get nothing."""
        stopped = eligibility.gate(facts.load([row.id for row in rows]), self.clock())
        ledger.write(self.batch_id, self.fence, verdicts.stopped(stopped), State.PLANNED)
        return [row for row in rows if row.id not in stopped]

    def _take(self, wanted: int) -> int:
        """How many may be called now; waits while the account's bucket is empty."""
        if not self.account.per_second:
            return wanted
        while not (count := pace.take(self.account.pk, self.account.per_second, wanted)):
            if stopping.requested():
                return 0
            self._hold()
            time.sleep(min(0.25, 1 / self.account.per_second))
        return count

    def _hold(self) -> None:
        if not batching.renew(self.batch_id, self.fence):
            raise FenceLost

    def _slice(self, provider: Connection, rows: list[Planned], prepared: Prepared) -> list[Planned] | None:
        """Gate, call and write these rows. The ones that there was no time for; None to stop with the batch."""
        try:
            going = self._enter(rows, prepared.tracked)
        except DATABASE_DOWN:
            self._give_back(rows)
            return None
        if not going:
            return []
        pausepoints.reach("before_call")
        outcomes = self._call(provider, going, prepared)
        pausepoints.reach("after_call")
        usable = self._settle(going, outcomes)
        self._recover(outcomes)
        left = [row for row in rows if outcomes.get(row.id) == UNSENT]
        return left if usable else None

    def _enter(self, rows: Sequence[Planned], tracked: set[int]) -> list[Row]:
        for _ in range(ADDRESS_RACES):
            try:
                with transaction.atomic():
                    return self._judge(rows, tracked)
            except IntegrityError:
                continue
        return []

    def _judge(self, rows: Sequence[Planned], tracked: set[int]) -> list[Row]:
        """The last word, with the batch and the people's Reach held; enters `calling`."""
        self._hold()
        ledger.lock_reach([row.customer_id for row in rows])
        fresh = facts.load([row.id for row in rows])
        judged = eligibility.judge(fresh, self.clock(), facts.taken(fresh))
        judged |= self._untracked(fresh, judged, tracked)
        ledger.write(self.batch_id, self.fence, verdicts.stopped(judged), State.PLANNED)
        going = [row for row in fresh if judged[row.id].act is Act.SEND]
        entered = ledger.enter_calling(self.batch_id, going, tracked)
        going = [row for row in going if row.id in entered]
        if told := [row.id for row in going if row.context]:
            deliveries_called.send(Delivery, ids=told, at=self.clock(), origin=Origin.LIVE)
        return going

    def _untracked(self, rows: Sequence[Row], judged: Verdicts, tracked: set[int]) -> Verdicts:
        """Who took back the consent to tracking since rendering is rendered again."""
        personal = [row for row in rows if row.id in tracked and judged[row.id].act is Act.SEND]
        still = contents.may_track(personal)
        return {row.id: wait("rendered_again") for row in personal if row.id not in still}

    def _call(self, provider: Connection, rows: Sequence[Row], prepared: Prepared) -> Outcomes:
        bounces = str(self.account.settings.get("bounce_address", ""))
        calls = [
            mails.call_of(row, prepared.mails[row.id], row.id in prepared.tracked, bounces) for row in rows
        ]
        started = time.monotonic()
        try:
            outcomes = provider.send(calls, self.clock())
        except Exception as error:
            # A fault of the backend's own: who was reached nobody can tell, and it would go on like that.
            log.exception("Account %s: the backend failed", self.account.pk)
            pausing.pause_account(self.account.pk, self.clock(), f"{type(error).__name__} in the backend")
            return {row.id: Outcome(Kind.UNKNOWN, detail=type(error).__name__) for row in rows}
        self._adapt(outcomes, time.monotonic() - started)
        return outcomes

    def _adapt(self, outcomes: Outcomes, seconds: float) -> None:
        """The next slice is what this provider takes in the time that a slice may last. One that answers late must not
        have all workers wait for it: other channels need them."""
        slow = seconds > settings.DELIVERY_SLOW
        if slow != self.slow:
            persistently(lambda: pace.slow(self.account.pk, slow))
            self.slow = slow
        called = sum(outcome.kind is not Kind.UNSENT for outcome in outcomes.values())
        self.size = max(1, min(SLICE, int(BUDGET * called / max(seconds, 0.001))))
        _sizes[self.account.pk] = self.size

    def _recover(self, outcomes: Outcomes) -> None:
        """The first mail that goes through ends the count of failures in a row."""
        if not self.proven and any(each.kind is Kind.ACCEPTED for each in outcomes.values()):
            persistently(lambda: pace.recovered(self.account.pk))
            self.proven = True

    def _give_back(self, rows: Sequence[Planned]) -> None:
        """Whether `calling` was committed nobody knows, but nobody was called."""
        changes = [Change(row.id, str(State.PLANNED)) for row in rows]
        persistently(lambda: ledger.settle(self.batch_id, self.fence, changes))

    def _settle(self, rows: Sequence[Row], outcomes: Outcomes) -> bool:
        at = self.clock()
        return persistently(
            lambda: answers.answered(self.batch_id, self.fence, self.account.pk, rows, outcomes, at)
        )


T = TypeVar("T")


def persistently(action: Callable[[], T]) -> T:
    """Do it again while the database is away. For what is safe to repeat, and must not be forgotten."""
    deadline, pause = time.monotonic() + PATIENCE, 0.1
    while True:
        try:
            return action()
        except DATABASE_DOWN:
            if time.monotonic() > deadline or connection.in_atomic_block:
                raise
            connection.close()
            time.sleep(pause)
            pause = min(2.0, pause * 2)
