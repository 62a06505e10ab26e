"""The process that holds one embedded server: `python -m config.embedded.keeper postgres VAR`.

The server lives as long as somebody uses it. Users (`up`, every `manage`) hold a shared lock on one file;
the kernel drops it when they end, even by kill -9. When the keeper gets that lock for itself, nobody is
left and it stops the server. When the keeper itself is killed, the server gets a signal from the kernel and
stops too.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from config.embedded import problem, processes
from config.embedded.postgres import Postgres
from config.embedded.problem import Problem
from config.embedded.runtime import Runtime
from config.embedded.valkey import Valkey

SERVERS: dict[str, type[Postgres | Valkey]] = {"postgres": Postgres, "valkey": Valkey}
READY = "ready"
LOOK_EVERY = 0.1  # seconds
STOP_PATIENCE = 60.0
RECOVERY_PATIENCE = 600.0  # a large database that was killed reads its log again before it is ready


class Keeper:
    def __init__(self, runtime: Runtime, name: str) -> None:
        self.runtime = runtime
        # Taken in this order: if we are killed the kernel opens the first before the second, so that whoever
        # waits for the second no longer takes us for alive.
        self.alive = runtime.lock(f"{name}.keeper")
        self.users = runtime.lock(f"{name}.users")
        self.server = SERVERS[name](runtime)
        self.stopping = False

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self._stop)
        if not self.alive.take(patience=10):
            return
        process = self._start()
        say(READY)
        while process.poll() is None and not self.stopping and not self.users.take():
            time.sleep(LOOK_EVERY)
        processes.stop(process, self.server.stop_signal, STOP_PATIENCE)
        self.alive.release()
        self.users.release()

    def _start(self) -> subprocess.Popen[bytes]:
        self.server.prepare()
        process = self.server.start()
        if not self._becomes_ready(process) and self.server.recover():
            process = self.server.start()
            self._becomes_ready(process)
        if process.poll() is not None:
            raise self.server.why()
        return process

    def _becomes_ready(self, process: subprocess.Popen[bytes]) -> bool:
        def settled() -> bool:
            return self.stopping or process.poll() is not None or self.server.is_ready(process.pid)

        return processes.wait_until(settled, RECOVERY_PATIENCE) and process.poll() is None

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True


def say(word: str) -> None:
    """Tell the starter, who may be gone already, and close the line to it."""
    try:
        sys.stdout.write(word)
        sys.stdout.close()
    except OSError:
        pass
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("server", choices=SERVERS)
    parser.add_argument("var", type=Path)
    parser.add_argument("--throwaway", action="store_true")
    options = parser.parse_args()
    try:
        Keeper(Runtime(options.var, throwaway=options.throwaway), options.server).run()
    except Problem as found:
        say(str(found))
        return 1
    except OSError as error:
        say(str(problem.from_error(error, options.var)))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
