"""Holding embedded services: they run while anybody holds them; the last one out stops them."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from config.embedded import keeper, processes
from config.embedded.problem import Problem
from config.embedded.runtime import Runtime

ROOT = Path(__file__).resolve().parent.parent.parent
STOP_PATIENCE = keeper.STOP_PATIENCE + 10


class Lease:
    """One user's hold on a service. Several processes may hold the same one."""

    def __init__(self, runtime: Runtime, name: str) -> None:
        self.runtime = runtime
        self.name = name
        self.server = keeper.SERVERS[name](runtime)
        self._users = runtime.lock(f"{name}.users")
        self._keeper: subprocess.Popen[str] | None = None

    def take(self) -> Self:
        """Have the service running when this returns. Raises Problem with what prevents it."""
        self.runtime.prepare()
        # Waits while a keeper whose last user has gone is stopping.
        if not self._users.take(shared=True, patience=STOP_PATIENCE):
            raise Problem(f"{self.server.label} is being stopped and does not end; try again in a minute.")
        try:
            self.ensure()
        except BaseException:
            self._users.release()
            raise
        return self

    def ensure(self) -> None:
        """Start the service unless it runs. One starts it, others wait for that one."""
        with self.runtime.lock(f"{self.name}.start") as turn:
            if not turn.take(patience=keeper.RECOVERY_PATIENCE):
                raise Problem(
                    f"{self.server.label} is being started by another command and does not come up."
                )
            if not self.is_alive():
                self._start_keeper()
        if not processes.wait_until(
            lambda: self.server.is_ready() or not self.is_alive(), keeper.RECOVERY_PATIENCE
        ):
            raise Problem(f"{self.server.label} does not answer; see {self.server.log}.")

    def is_alive(self) -> bool:
        if self._keeper is not None:
            self._keeper.poll()
        return self.runtime.lock(f"{self.name}.keeper").is_held()

    def release(self) -> None:
        """Let go; if nobody else holds the service, return when it has stopped."""
        self._users.release()
        processes.wait_until(lambda: not self.is_alive() or self._is_shared(), STOP_PATIENCE)
        if self._keeper is not None and not self.is_alive():
            self._keeper.wait()

    def _is_shared(self) -> bool:
        """Whether others hold it; the keeper's own, exclusive lock at the end is not a user's."""
        users = self.runtime.lock(f"{self.name}.users")
        return users.is_held(against_shared=False) and not users.is_held()

    def _start_keeper(self) -> None:
        command = [sys.executable, "-m", "config.embedded.keeper", self.name, str(self.runtime.var)]
        processes.rotate(self.server.log)
        with self.server.log.open("ab") as log:
            self._keeper = subprocess.Popen(  # noqa: S603 - our own program
                command + (["--throwaway"] if self.runtime.throwaway else []),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        answer = self._keeper.stdout.read() if self._keeper.stdout else ""
        if answer != keeper.READY:
            raise Problem(answer or f"{self.server.label} did not start; see {self.server.log}.")


@contextmanager
def running(runtime: Runtime, names: Iterable[str]) -> Iterator[None]:
    """The services run inside the block; several processes may be in such a block at once."""
    with ExitStack() as stack:
        for name in names:
            lease = Lease(runtime, name).take()
            stack.callback(lease.release)
        yield
