"""Single calls over several kept connections: each lane takes the next one until the time is up."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, process_time
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


# Shares of a slice's time in which the processor was ours: beyond the one, fewer lanes do as much; below the other,
# more of them do more.
BUSY, IDLE = 0.75, 0.5
SHORTEST = 0.02  # seconds: anything shorter says nothing


class Lanes:
    """At most so many threads, kept for the next slice. How many of them work depends on how long a call takes: where
    they wait for the provider, all of them; where they wait for the processor, they would only get in each other's way.
    """

    def __init__(self, count: int, name: str) -> None:
        self.count = self.working = count
        self.threads = ThreadPoolExecutor(count, thread_name_prefix=name)

    def work(
        self, items: Sequence[T], one: Callable[[T], R], is_enough: Callable[[R], bool], seconds: float
    ) -> dict[int, R]:
        """What `one` says of each item, by its place. Those that there was no time for are left out: none is begun
        after so many seconds, or after one that `is_enough`; the first is tried in any case."""
        began, busy = monotonic(), process_time()
        run = _Run(items, one, is_enough, began + seconds)
        done: dict[int, R] = {}
        for part in self.threads.map(lambda _lane: run.lane(), range(min(self.working, len(items)))):
            done |= part
        self._adapt(process_time() - busy, monotonic() - began)
        return done

    def _adapt(self, busy: float, seconds: float) -> None:
        if seconds > SHORTEST and busy > BUSY * seconds:
            self.working = max(1, self.working // 2)
        elif seconds > SHORTEST and busy < IDLE * seconds:
            self.working = min(self.count, self.working * 2)

    def close(self) -> None:
        self.threads.shutdown()


class _Run(Generic[T, R]):
    def __init__(
        self, items: Sequence[T], one: Callable[[T], R], is_enough: Callable[[R], bool], deadline: float
    ) -> None:
        self.one, self.is_enough, self.deadline = one, is_enough, deadline
        self.left: Iterator[tuple[int, T]] = iter(enumerate(items))
        self.lock, self.enough = threading.Lock(), threading.Event()

    def lane(self) -> dict[int, R]:
        done: dict[int, R] = {}
        while (taken := self._next()) is not None:
            place, item = taken
            done[place] = answer = self.one(item)
            if self.is_enough(answer):
                self.enough.set()
        return done

    def _next(self) -> tuple[int, T] | None:
        with self.lock:
            taken = next(self.left, None)
        if taken is None or (taken[0] > 0 and (monotonic() > self.deadline or self.enough.is_set())):
            return None
        return taken
