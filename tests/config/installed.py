"""Real embedded services and a real `up` in folders of their own."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import psycopg

from config.embedded import processes, supervisor
from config.embedded.runtime import Runtime
from config.embedded.services import ROOT

PATIENCE = 30


def eventually(true: Callable[[], object], patience: float = PATIENCE) -> None:
    assert processes.wait_until(lambda: bool(true()), patience), "it did not come to that in time"


def ends(runtime: Runtime) -> None:
    """Wait until nothing is left of this folder, or say what is."""
    processes.wait_until(lambda: not everything(runtime), PATIENCE)
    left = everything(runtime)
    assert left == [], left


def keeper_of(runtime: Runtime, name: str) -> int:
    """The pid of the process that holds this service."""
    wanted = [os.fsencode(word) for word in ("config.embedded.keeper", name, str(runtime.var))]
    found = [pid for pid in all_pids() if command_line(pid)[2:5] == wanted]
    assert len(found) == 1, found
    return found[0]


def server_of(runtime: Runtime, name: str, program: str) -> int:
    """The pid of the server itself, the oldest of its processes."""
    return min(processes.working_in((runtime.var / name).resolve(), program))


def everything(runtime: Runtime) -> list[list[bytes]]:
    """The command lines of all processes that have to do with this folder."""
    return [command_line(pid) for pid in pids_of(runtime)]


def pids_of(runtime: Runtime) -> list[int]:
    mark = os.fsencode(str(runtime.var))
    named = [pid for pid in all_pids() if any(mark in word for word in command_line(pid))]
    return list({*named, *processes.with_variable(supervisor.MARK, str(runtime.var))})


def all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def command_line(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    except OSError:
        return []


def query(runtime: Runtime, sql: str) -> list[tuple]:
    """Run one statement as the application's role and return its rows."""
    known = runtime.database()
    with psycopg.connect(
        dbname=known["NAME"], user=known["USER"], host=known["HOST"], port=known["PORT"]
    ) as found:
        cursor = found.execute(sql)
        return cursor.fetchall() if cursor.description else []


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


@contextmanager
def folder(path: Path, *, throwaway: bool = True):
    """A runtime below `path`; whatever a failed test left of it is ended and removed."""
    runtime = Runtime(path / "var", throwaway=throwaway)
    try:
        yield runtime
    finally:
        ends(runtime) if not sys.exc_info()[0] else None
        for pid in [
            pid for pid in all_pids() if os.fsencode(str(runtime.var)) in b" ".join(command_line(pid))
        ]:
            if pid != os.getpid():
                kill(pid)
        if runtime.sockets.parent == Path("/tmp"):
            shutil.rmtree(runtime.sockets, ignore_errors=True)


def environment(runtime: Runtime, **variables: str) -> dict[str, str]:
    known = {
        key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "CELERY_BROKER_URL")
    }
    known |= {"STAMMKUNDE_VAR": str(runtime.var), "EMBEDDED_THROWAWAY": "1" if runtime.throwaway else ""}
    known |= {"DJANGO_SETTINGS_MODULE": "config.settings"}
    return known | variables


class Up:
    """A running `manage.py up`."""

    def __init__(self, runtime: Runtime, port: int, *arguments: str) -> None:
        self.runtime = runtime
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port), *arguments],
            cwd=ROOT,
            env=environment(runtime, PORT=str(port), WEB_WORKERS="1", WORKER_PROCESSES="1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def line(self) -> str:
        """The one line it prints when the pages are there."""
        return self.process.stdout.readline()

    def finish(self, by: signal.Signals | None = None) -> tuple[int, str]:
        """Its exit code and what it said to the error output."""
        if by is not None:
            self.process.send_signal(by)
        _out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err
