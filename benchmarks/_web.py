"""The web processes of benchmarks/ingest.py and loyalty.py."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from benchmarks import _calls

ROOT = Path(__file__).resolve().parent.parent
PORT = 8791


class Web:
    """Two web processes, started as `up` starts them."""

    port = PORT

    def __enter__(self) -> "Web":
        self.start()
        return self

    def start(self) -> None:
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", str(PORT), "--workers", "2", "--blocking-threads", "4"]
        command += ["--no-log", "config.wsgi:application"]
        self.process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
        health, until = b"GET /health/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", time.monotonic() + 60
        while time.monotonic() < until:
            with suppress(OSError, ValueError):
                if _calls.Line(PORT).post(health) == 200:
                    return
            time.sleep(0.05)
        self.kill()
        raise SystemExit("The web processes do not start.")

    def kill(self) -> None:
        """The whole session of the server that we started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def __exit__(self, *_: object) -> None:
        self.kill()
