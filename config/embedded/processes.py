"""Starting processes that end with us, and ending those that should not be there any more."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from config.embedded.account import Account, libc
from config.embedded.problem import Problem

PR_SET_PDEATHSIG = 1
LOG_LIMIT = 10_000_000  # bytes; a longer log begins anew at the next start, the old one stays beside it
PROC = Path("/proc")


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    cwd: Path,
    env: Mapping[str, str],
    on_our_death: signal.Signals,
    account: Account | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own: Ctrl-C reaches us alone, and we stop all in order."""
    rotate(log)
    with log.open("ab") as output:
        try:
            return subprocess.Popen(  # noqa: S603 - our own programs
                command,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=before_start(on_our_death, account),
            )
        except subprocess.SubprocessError as error:
            raise Problem(
                f"{Path(command[0]).name} could not be started as another user than root;"
                " run the command as a normal user."
            ) from error


def before_start(on_our_death: signal.Signals, account: Account | None = None) -> Callable[[], None]:
    """What a new process does before its program starts: change the user, and ask to end with us."""
    parent = os.getpid()

    def prepare() -> None:
        if account is not None:
            account.enter()
        # After the change of user, which would clear it. Only Linux has it.
        if PROC.is_dir():
            libc.prctl(PR_SET_PDEATHSIG, int(on_our_death), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def end_with_leader() -> None:
    """For a process that a program of ours has started by itself: it ends with the leader of its session, at once."""
    if PROC.is_dir():
        libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != os.getsid(0):
        os._exit(1)


def rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))


def tail(log: Path, length: int = 40) -> list[str]:
    return log.read_text(errors="replace").splitlines()[-length:] if log.exists() else []


def last_line(log: Path) -> str:
    return (tail(log) or [""])[-1].strip()


def stop(process: subprocess.Popen[bytes], by: signal.Signals, patience: float) -> None:
    """End a program of ours and everything it started, politely for `patience` seconds."""
    if process.poll() is None:
        process.send_signal(by)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
    kill_group(process.pid)
    process.wait()


def kill_group(leader: int) -> None:
    """End what is left of a program's session; its number cannot be anybody else's while a member lives."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def working_in(folder: Path, program: str) -> list[int]:
    """Processes of that name with this working folder: what an installation that was killed left."""
    return [pid for pid in _pids() if _working_folder(pid) == folder and _name(pid) == program]


def with_variable(name: str, value: str) -> list[int]:
    """Other processes that were started with this environment variable."""
    wanted = os.fsencode(f"{name}={value}")
    return [pid for pid in _pids() if pid != os.getpid() and wanted in _environment(pid)]


def end(find: Callable[[], Iterable[int]], signals: Sequence[signal.Signals], patience: float) -> None:
    """Send one signal after the other until `find` finds nothing."""
    for number in signals:
        for pid in find():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        if wait_until(lambda: not list(find()), patience):
            return


def wait_until(true: Callable[[], bool], patience: float, every: float = 0.02) -> bool:
    deadline = time.monotonic() + patience
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def _pids() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()] if PROC.is_dir() else []


def _working_folder(pid: int) -> Path | None:
    try:
        return (PROC / str(pid) / "cwd").readlink()
    except OSError:
        return None


def _name(pid: int) -> str:
    try:
        return (PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return ""


def _environment(pid: int) -> list[bytes]:
    try:
        return (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return []
