"""Has this worker been asked to stop? Pool processes learn it between two slices, so none is torn apart."""

import multiprocessing

# Shared memory, made before the pool forks: the main process gets the signal, its children do the work.
_flag = multiprocessing.RawValue("b", 0)


def request() -> None:
    _flag.value = 1


def requested() -> bool:
    return bool(_flag.value)


def forget() -> None:
    _flag.value = 0
