"""postfix's smtp-sink: takes every mail and forgets it. Fetched from Debian's package when it is not installed."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running() -> Iterator[int]:
    """Its port on loopback."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        program, libraries = _program(Path(folder))
        port = _free_port()
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        process = subprocess.Popen(
            [program, *user, f"127.0.0.1:{port}", "1000"],
            env=os.environ | {"LD_LIBRARY_PATH": str(libraries)},
            cwd=folder,
        )
        try:
            _wait(port)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _program(folder: Path) -> tuple[str, Path]:
    installed = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
    if installed:
        return installed, Path("/usr/lib/postfix")
    print(
        "smtp-sink is not installed: fetching Debian's package postfix into a temporary folder.", flush=True
    )
    subprocess.run(["apt-get", "download", "postfix"], cwd=folder, check=True, capture_output=True)
    [package] = folder.glob("postfix_*.deb")
    subprocess.run(["dpkg", "-x", package, folder], check=True)
    return str(folder / "usr/sbin/smtp-sink"), folder / "usr/lib/postfix"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("smtp-sink does not answer.")
