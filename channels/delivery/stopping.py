"""Has this worker been asked to stop? Pool processes learn it between two slices, so none is torn apart.

The main process gets the signal and tells its pool through shared memory. Some supervisors signal every process:
one that is working on a batch takes that as a request too, and obeys the signal once the slice is written.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Made before the pool forks.
_worker = multiprocessing.RawValue("b", 0)
_asked: list[int] = []


def request() -> None:
    """The whole worker is to stop."""
    _worker.value = 1


def requested() -> bool:
    return bool(_worker.value or _asked)


@contextmanager
def working() -> Iterator[None]:
    """SIGTERM inside the block waits for its end; `requested` says that it came."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: _asked.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        if _asked:
            _asked.clear()
            os.kill(os.getpid(), signal.SIGTERM)
