"""Many who do something at the same moment, each on a database connection of her own that lasts from trial to trial."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection

TRIALS = int(os.environ.get("RACE_TRIALS", "40"))
MOST = 50
SIZE = int(os.environ.get("RACE_SIZE", "8" if TRIALS <= 40 else MOST))  # the long form is a crowd of fifty
Job = Callable[[], Any]


class Crowd:
    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.pool = pool

    def together(self, jobs: Sequence[Job], *expected: type[Exception]) -> list[Any]:
        """What each of the jobs, at most as many as are gathered, answered, or the expected exception that it raised.
        They start together."""
        start = threading.Barrier(len(jobs))

        def run(job: Job) -> Any:
            start.wait(30)
            try:
                return job()
            except expected as raised:
                return raised

        return [future.result(60) for future in [self.pool.submit(run, job) for job in jobs]]


WAITING = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def until_another_waits() -> None:
    """Go on as soon as some other connection waits for a lock, at the latest after three seconds. One of this database:
    beside it other tests have their own."""
    with connection.cursor() as cursor:
        for _look in range(300):
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)


@contextmanager
def gathered(size: int = SIZE) -> Iterator[Crowd]:
    with ThreadPoolExecutor(size) as pool:
        crowd = Crowd(pool)
        try:
            yield crowd
        finally:
            crowd.together([lambda: connection.close()] * size)  # each thread's own
