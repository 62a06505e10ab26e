"""Has this worker been asked to stop? Pool processes learn it between two slices, so none is torn apart.

The main process gets the signal and tells its pool through shared memory. Some supervisors signal every process:
a pool process that is working on a batch takes that as a request too, one that is idle ends at once.
"""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

# Made before the pool forks.
_worker = multiprocessing.RawValue("b", 0)
_state = {"working": False, "asked": False}


def request() -> None:
    """The whole worker is to stop."""
    _worker.value = 1


def requested() -> bool:
    return bool(_worker.value) or _state["asked"]


def watch() -> None:
    """Called in each pool process when it begins."""
    _state["asked"] = False
    signal.signal(signal.SIGTERM, _asked)


def _asked(number: int, frame: object) -> None:
    _state["asked"] = True
    if not _state["working"]:
        _end()


@contextmanager
def working() -> Iterator[None]:
    """A stop that is asked for inside the block waits for its end."""
    _state["working"] = True
    try:
        yield
    finally:
        _state["working"] = False
        # When the worker as a whole is stopping, it ends its pool itself.
        if _state["asked"] and not _worker.value:
            _end()


def _end() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)
