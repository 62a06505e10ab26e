"""Our side of benchmarks/send.py: a Celery worker, watched from outside."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from channels import tasks
from channels.models import Batch, Delivery, MessageVersion
from config.celery import app

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


def send(version: MessageVersion, processes: int) -> dict[str, float]:
    """From planned rows to one outcome for each: mails a second, CPU per mail, peak memory of all processes."""
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", str(processes)]
    worker = subprocess.Popen([*command, "--loglevel", "WARNING"], cwd=ROOT, start_new_session=True)
    try:
        while not app.control.ping(timeout=0.5):
            pass
        rows = Delivery.objects.filter(version=version)
        count, cpu = rows.count(), _cpu(worker.pid)
        began = time.perf_counter()
        while rows.filter(state__in=["planned", "calling"]).exists():
            _tick()
            _wait()
        seconds = time.perf_counter() - began
        accepted = rows.filter(state="accepted").count()
        if accepted != count:
            raise SystemExit(f"Only {accepted} of {count} were accepted.")
        return {
            "mails_per_second": count / seconds,
            "cpu_microseconds_per_mail": 1e6 * (_cpu(worker.pid) - cpu) / count,
            "peak_memory_megabytes": _memory(worker.pid),
        }
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)


def _tick() -> None:
    """As beat does every three seconds."""
    tasks.pack_deliveries()


def _wait() -> None:
    """Until all batches are done, which are few: looking for open deliveries would take the server as long as packing
    them."""
    began = time.perf_counter()
    while time.perf_counter() - began < 3:
        if not Batch.objects.filter(done_at=None).exists():
            return
        time.sleep(0.05)


def _session(leader: int) -> list[Path]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.getsid(int(entry.name)) == leader:
                found.append(entry)
        except OSError:
            continue
    return found


def _cpu(leader: int) -> float:
    """Seconds of user and system time of the worker and its pool."""
    seconds = 0.0
    for process in _session(leader):
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        seconds += (int(fields[11]) + int(fields[12])) / TICKS
    return seconds


def _memory(leader: int) -> float:
    """The sum of all peaks, in MB; what processes share counts more than once."""
    lines = [line for process in _session(leader) for line in (process / "status").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
