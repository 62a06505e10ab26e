"""The process manager of `up`: starts its parts in order, restarts what ends, stops all in reverse order."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from config.embedded import processes
from config.embedded.problem import Problem
from config.embedded.runtime import Runtime
from config.embedded.services import ROOT, Lease

MARK = (
    "STAMMKUNDE_UP"  # set for every program we start, so that the next `up` recognises what a killed one left
)
STEADY_AFTER = 30.0  # seconds; what lived that long has not failed "in a row"
MOST_RESTARTS = 3
FIRST_PAUSE = 0.5  # seconds before the first restart, doubled for each further one
STOP_PATIENCE = 25.0  # a worker ends its running batch; what takes longer is swept up later, from its rows


class Part(Protocol):
    name: str

    def start(self) -> None: ...
    def is_alive(self) -> bool: ...
    def stop(self) -> None: ...
    def why(self) -> str: ...


class Service:
    """A leased database or broker, seen as a part."""

    def __init__(self, runtime: Runtime, name: str) -> None:
        self.name = name
        self._lease = Lease(runtime, name)
        self._taken = False

    def start(self) -> None:
        if self._taken:
            self._lease.ensure()
        else:
            self._lease.take()
            self._taken = True

    def is_alive(self) -> bool:
        return self._lease.is_alive()

    def stop(self) -> None:
        self._lease.release()

    def why(self) -> str:
        return f"see {self._lease.server.log}"


class Program:
    """One of our own processes. Its output goes to its own log."""

    def __init__(self, runtime: Runtime, name: str, command: Sequence[str]) -> None:
        self.name = name
        self.runtime = runtime
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._clear()
        self.process = processes.start(
            self.command,
            log=self.runtime.log(self.name),
            cwd=ROOT,
            env=os.environ | {MARK: str(self.runtime.var), "PYTHONUNBUFFERED": "1"},
            # The database goes with us, so there is nothing that it could still finish; and what loads, or looks for
            # the lost database just then, would not hear a gentler signal.
            on_our_death=signal.SIGKILL,
        )

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, signal.SIGTERM, STOP_PATIENCE)

    def why(self) -> str:
        log = self.runtime.log(self.name)
        return f"the end of {log} says {processes.last_line(log)}"

    def _clear(self) -> None:
        """A killed web server leaves its own children behind, holding the port."""
        if self.process is not None:
            processes.kill_group(self.process.pid)


@dataclass
class _State:
    part: Part
    started: float
    failures: int = 0
    due: float | None = None  # when to start again


@dataclass
class Supervisor:
    _states: list[_State] = field(default_factory=list)

    def start(self, part: Part) -> None:
        self._states.append(_State(part, time.monotonic()))
        part.start()

    def tick(self) -> None:
        """Look after every part once. Raises Problem when one failed too often in a row.

        Parts that wait for their next start do not hold up the others.
        """
        for state in self._states:
            if state.due is not None:
                self._restart_if_due(state)
            elif not state.part.is_alive():
                self._plan_restart(state)

    def stop(self) -> None:
        """Stop what was started, the last one first."""
        while self._states:
            self._states.pop().part.stop()

    def _plan_restart(self, state: _State) -> None:
        now = time.monotonic()
        if now - state.started > STEADY_AFTER:
            state.failures = 0
        state.failures += 1
        if state.failures > MOST_RESTARTS:
            times = f"{state.part.name} ended {state.failures} times in a row and is given up"
            raise Problem(f"{times}: {state.part.why()}")
        state.due = now + FIRST_PAUSE * 2 ** (state.failures - 1)

    def _restart_if_due(self, state: _State) -> None:
        if state.due is None or time.monotonic() < state.due:
            return
        state.due = None
        state.started = time.monotonic()
        try:
            state.part.start()
        except Problem:
            self._plan_restart(state)


def clear_leftovers(runtime: Runtime) -> None:
    """End programs that a killed `up` of this folder left. Only for the one who holds the lock of `up`."""
    processes.end(
        lambda: processes.with_variable(MARK, str(runtime.var)), (signal.SIGTERM, signal.SIGKILL), patience=3
    )
