"""The sweep that calls: each receiver in a lane of its own, so that a slow one keeps no other waiting.

Threads only call; what they are told to and what came of it is read and written by the sweep, before and after, so
that no transaction is open meanwhile. Dying between a call and its note leaves the row due: it is sent again, under the
same id.
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from functools import cache
from time import monotonic

from config.http import Forbidden, MaybeSent, NotSent, Session
from customers.hooks import noting, signing
from customers.hooks.noting import Answered, Call, Lease
from customers.models import HookCall
from customers.signals import hook_calls_asked

TIMEOUT = 5.0  # seconds for a call, all in all
RECEIVERS = 16  # called at the same time
# Nothing new is begun after so many seconds of a sweep, or of a lane before its calls are noted.
SWEEP_SECONDS, LANE_SECONDS = 10.0, 1.0

Clock = Callable[[], datetime]


def sweep(clock: Clock, seconds: float = SWEEP_SECONDS) -> int:
    """Make the calls that are due, as far as time allows; how many were made."""
    if not noting.any_due(clock()) or not may_call():
        return 0
    leases = noting.take(clock(), RECEIVERS)
    return _Sweep(clock, seconds).run(leases) if leases else 0


def may_call() -> bool:
    """Upper apps can say no, for a database that was restored or copied."""
    return all(answer for _receiver, answer in hook_calls_asked.send(HookCall))


@cache
def session() -> Session:
    """The connections of this process, kept for the next sweep."""
    return Session(RECEIVERS)


class _Sweep:
    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock, self.ends = clock, monotonic() + seconds
        self.under_way: dict[Future[list[Answered]], Lease] = {}
        self.made = 0

    def run(self, leases: Sequence[Lease]) -> int:
        with ThreadPoolExecutor(RECEIVERS, thread_name_prefix="hooks") as threads:
            self._start(threads, leases)
            while self.under_way:
                done, _others = wait(self.under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    self._landed(threads, self.under_way.pop(future), future.result())
                free = RECEIVERS - len(self.under_way)
                if free and monotonic() < self.ends:
                    self._start(threads, noting.take(self.clock(), free))
        return self.made

    def _start(self, threads: ThreadPoolExecutor, leases: Sequence[Lease]) -> None:
        for lease in leases:
            self._go_on(threads, lease)

    def _landed(self, threads: ThreadPoolExecutor, lease: Lease, answers: list[Answered]) -> None:
        self.made += len(answers)
        noting.note(lease.hook_id, answers)
        if answers[-1].arrived and monotonic() < self.ends:
            self._go_on(threads, lease)
        else:
            noting.release(lease, self.clock())

    def _go_on(self, threads: ThreadPoolExecutor, lease: Lease) -> None:
        if calls := noting.due(lease, self.clock()):
            self.under_way[threads.submit(make, lease, calls, self.clock)] = lease
        else:
            noting.release(lease, self.clock())


def make(lease: Lease, calls: Sequence[Call], clock: Clock) -> list[Answered]:
    """Call in this order, until one fails or the time is up."""
    answers: list[Answered] = []
    ends = monotonic() + LANE_SECONDS
    for call in calls:
        answers.append(send(lease, call, clock()))
        if not answers[-1].arrived or monotonic() >= ends:
            break
    return answers


def send(lease: Lease, call: Call, at: datetime) -> Answered:
    """One attempt. Any 2xx is a yes; a redirect is none."""
    body = json.dumps(call.body, separators=(",", ":"), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "Stammkunde"}
    headers |= signing.headers(call.event, body, lease.keys, at)
    try:
        answer = session().send("POST", lease.url, headers=headers, body=body, timeout=TIMEOUT)
    except Forbidden:
        return Answered(call, at, None, HookCall.Detail.FORBIDDEN)
    except NotSent:
        return Answered(call, at, None, HookCall.Detail.UNREACHED)
    except MaybeSent:
        return Answered(call, at, None, HookCall.Detail.SILENT)
    return Answered(call, at, answer.status)
