"""Single calls over several kept connections: each lane takes the next one until the time is up."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Lanes:
    """So many threads, kept for the next slice."""

    def __init__(self, count: int, name: str) -> None:
        self.count = count
        self.threads = ThreadPoolExecutor(count, thread_name_prefix=name)

    def work(
        self, items: Sequence[T], one: Callable[[T], R], is_enough: Callable[[R], bool], seconds: float
    ) -> dict[int, R]:
        """What `one` says of each item, by its place. Those that there was no time for are left out: none is begun
        after so many seconds, or after one that `is_enough`; the first is tried in any case."""
        run = _Run(items, one, is_enough, monotonic() + seconds)
        done: dict[int, R] = {}
        for part in self.threads.map(lambda _lane: run.lane(), range(min(self.count, len(items)))):
            done |= part
        return done

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
