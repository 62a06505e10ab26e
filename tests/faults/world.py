"""A small installation of its own for fault tests: PostgreSQL, Valkey, an SMTP server whose log is the truth,
Celery workers that may be killed, and somebody who beats the drum."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings
from django.db import connections

from config.embedded import processes
from config.embedded.postgres import Postgres, programs
from config.embedded.runtime import Runtime
from config.embedded.valkey import Valkey
from tests.servers.twilio import TOKEN

ROOT = Path(__file__).resolve().parent.parent.parent
FULL = os.environ.get("FAULTS") == "full"
LEASE = 10.0 if FULL else 2.0


class Worker:
    """A Celery worker and its pool processes, in a session of their own."""

    def __init__(self, world: "World", concurrency: int, env: dict[str, str]) -> None:
        self.concurrency = concurrency
        self.log = (world.var / "worker.log").open("ab")
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--loglevel", "WARNING"]
        command += [
            "--without-mingle",
            "--without-gossip",
            "--concurrency",
            str(concurrency),
            "-n",
            f"w{time.monotonic_ns()}@%h",
        ]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=world.env | env, stdout=self.log, stderr=self.log, start_new_session=True
        )

    def pids(self) -> list[int]:
        """Everybody in its session."""
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                if entry.name.isdigit() and os.getsid(int(entry.name)) == self.process.pid:
                    found.append(int(entry.name))
        return found

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """kill -9, all of it."""
        self.signal(signal.SIGKILL)
        self.process.wait()
        processes.wait_until(lambda: not self.pids(), 5)

    def is_alive(self) -> bool:
        return self.process.poll() is None


class World:
    def __init__(self) -> None:
        self.var = Path(tempfile.mkdtemp(prefix="stk-", dir="/tmp"))
        self.var.chmod(0o755)
        self.pause_points = self.var / "pause"
        self.pause_points.mkdir()
        self.mail_log = self.var / "mails.jsonl"
        self.mail_log.touch()
        self._mails, self._mails_read = Counter[int](), 0
        self.runtime = Runtime(self.var, throwaway=True)
        self.runtime.prepare()
        self.env = os.environ | {
            "STAMMKUNDE_VAR": str(self.var),
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "FAULTS_PAUSE_POINTS": str(self.pause_points),
            "FAULTS_LEASE": str(LEASE),
            "OUTGOING_HOSTS": "127.0.0.1",
            "PUSH_HOSTS": "127.0.0.1",
            "ACCOUNT_TWILIO_PASSWORD": TOKEN,
        }
        for name in ("DATABASE_URL", "CELERY_BROKER_URL"):
            self.env.pop(name, None)
        self.workers: list[Worker] = []
        self.servers: dict[str, subprocess.Popen[bytes]] = {}
        self.mood = self.var / "mood.json"
        self.smtp: subprocess.Popen[bytes] | None = None
        self.provider: subprocess.Popen[bytes] | None = None
        self.port = self.provider_port = 0
        self.celery = Celery(broker=self.runtime.broker_url())
        self.celery.conf.broker_connection_retry_on_startup = False
        self.celery.conf.broker_transport_options = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
        self.ticking = threading.Event()

    # --- Servers ---

    def up(self, dump: Path) -> None:
        """`dump`: an empty installation, as migrations leave it."""
        for each in (Postgres(self.runtime), Valkey(self.runtime)):
            self.start_server(each)
        where = ["--host", str(self.runtime.postgres_sockets), "--username", "stammkunde", "--no-password"]
        options = ["--no-owner", "--exit-on-error", "--dbname", "stammkunde"]
        self.run(programs() / "pg_restore", *where, *options, dump)

    def start_server(self, server: Any) -> None:
        server.prepare()
        process = server.start()
        self.servers[server.name] = process
        assert processes.wait_until(lambda: server.is_ready(process.pid), 20), server.why()

    def stop_server(self, name: str, number: signal.Signals = signal.SIGINT) -> None:
        process = self.servers.pop(name)
        process.send_signal(number)
        process.wait(20)

    def run(self, *command: str | Path) -> None:
        subprocess.run(command, cwd=ROOT, env=self.env, check=True, capture_output=True)

    def start_smtp(self, delay: float = 0) -> None:
        """The same log goes on."""
        if self.smtp is not None:
            self.smtp.terminate()
            self.smtp.wait()
        self.smtp, self.port = self._far_side("smtp", "--delay", str(delay))

    def be(self, mood: str, seconds: float = 1) -> None:
        """Have the provider by HTTP behave like this from now on; the same log goes on."""
        self.mood.write_text(json.dumps({"mood": mood, "seconds": seconds}))
        if self.provider is None:
            self.provider, self.provider_port = self._far_side("moody", "--mood", str(self.mood))

    def _far_side(self, name: str, *options: str) -> tuple["subprocess.Popen[bytes]", int]:
        port_file = self.var / f"{name}.port"
        port_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", f"tests.servers.{name}", "--port-file", str(port_file)]
        process = subprocess.Popen([*command, "--log", str(self.mail_log), *options], cwd=ROOT)
        assert processes.wait_until(lambda: port_file.exists() and port_file.read_text() != "", 10)
        return process, int(port_file.read_text())

    def down(self) -> None:
        self.ticking.clear()
        for worker in self.workers:
            worker.kill()
        for far in (self.smtp, self.provider):
            if far is not None:
                far.kill()
        for process in self.servers.values():
            process.send_signal(signal.SIGINT)
        for process in self.servers.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(self.var, ignore_errors=True)

    # --- Workers ---

    def worker(self, concurrency: int = 1, **env: str) -> Worker:
        made = Worker(self, concurrency, env)
        self.workers.append(made)
        return made

    def some(self) -> Worker:
        """A living worker, whichever there is."""
        return next((worker for worker in self.workers if worker.is_alive()), None) or self.worker(
            concurrency=2
        )

    def only(self, count: int = 1) -> list[Worker]:
        """Exactly so many living workers with one process each, as they come from the factory."""
        for worker in [each for each in self.workers if each.concurrency > 1 or not each.is_alive()]:
            worker.kill()
            self.workers.remove(worker)
        while len(self.workers) > count:
            self.workers.pop().kill()
        while len(self.workers) < count:
            self.worker()
        return self.workers

    def tick(self, name: str) -> None:
        with contextlib.suppress(Exception):
            self.celery.send_task(f"channels.tasks.{name}", expires=5, retry=False)

    def drum(self) -> None:
        """What beat does, twenty times as fast."""
        beats = 0
        while self.ticking.is_set():
            self.tick("pack_deliveries")
            if beats % 4 == 0:
                self.tick("sweep_deliveries")
            beats += 1
            time.sleep(0.3)

    @contextlib.contextmanager
    def beating(self) -> Iterator[None]:
        self.ticking.set()
        drummer = threading.Thread(target=self.drum, daemon=True)
        drummer.start()
        try:
            yield
        finally:
            self.ticking.clear()
            drummer.join()

    # --- Pause points ---

    def hold(self, name: str) -> None:
        (self.pause_points / f"{name}.hold").touch()

    def let_go(self, name: str) -> None:
        (self.pause_points / f"{name}.hold").unlink(missing_ok=True)

    def held(self, name: str, patience: float = 20) -> int:
        """The process that waits there."""
        found: list[Path] = []

        def look() -> bool:
            found[:] = [p for p in self.pause_points.glob(f"{name}.*") if p.suffix != ".hold"]
            return bool(found)

        assert processes.wait_until(look, patience), f"nobody came to {name}"
        return int(found[0].suffix[1:])

    # --- The truth ---

    def mails(self) -> Counter[int]:
        """How often the server took over the mail of each delivery. Each line is read once: after hundreds of thousands
        a look would else take so long that what it waits for is over."""
        with self.mail_log.open("rb") as log:
            log.seek(self._mails_read)
            for line in log:
                if line.endswith(b"\n"):
                    self._mails_read += len(line)
                    self._mails[int(json.loads(line)["id"].strip("<>").partition(".")[0])] += 1
        return self._mails

    def database(self) -> Any:
        """A Django connection with this world's database, for the calling thread."""
        connections.databases["faults"] = connections.databases["default"] | {
            "NAME": "stammkunde",
            "USER": "stammkunde",
            "HOST": str(self.runtime.postgres_sockets),
            "PORT": "5432",
            "CONN_MAX_AGE": 0,
        }
        return connections.create_connection("faults")


def hostname() -> str:
    return socket.gethostname()


def wait_for(true: Callable[[], bool], patience: float, what: str, every: float = 0.1) -> None:
    assert processes.wait_until(true, patience, every), what


def flush(world: World) -> None:
    with world.celery.connection_or_acquire() as link:
        link.default_channel.client.flushall()
