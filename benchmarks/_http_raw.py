"""The raw limits of benchmarks/push.py and sms.py: processes that post by the same HTTP library, with kept connections,
and do nothing else but, if asked, seal each message for another browser."""

import multiprocessing
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Barrier
from pathlib import Path

import httpcore
from cryptography.hazmat.primitives.asymmetric import ec

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from channels.push import encryption  # noqa: E402

PUSH = {
    "TTL": "259200",
    "Urgency": "normal",
    "Topic": "message-12000",
    "Content-Encoding": "aes128gcm",
    "Content-Type": "application/octet-stream",
    "Authorization": f"vapid t={'x' * 210}, k={'y' * 87}",
}
SMS = {
    "Authorization": f"Basic {'x' * 88}",
    "Content-Type": "application/x-www-form-urlencoded",
    "Accept": "application/json",
}
HEADERS = {"push": PUSH, "sealing": PUSH, "sms": SMS}


def best(
    port: int, body: bytes, calls: int, processes: int, connections: tuple[int, ...], kind: str
) -> float:
    """By as many connections as are best for it."""
    return max(rate(port, body, calls, processes, number, kind) for number in connections)


def rate(port: int, body: bytes, calls: int, processes: int, connections: int, kind: str) -> float:
    """Calls a second, of all processes together. Runs this file as a program, without Django. `kind`: push, sms, or
    sealing, where the body is sealed for each call."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        command = [
            sys.executable,
            __file__,
            kind,
            file.name,
            *map(str, (port, calls, processes, connections)),
        ]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
        return float(done.stdout)


def measure(port: int, body: bytes, calls: int, processes: int, connections: int, kind: str) -> float:
    ready = multiprocessing.Barrier(processes + 1)
    workers = [
        multiprocessing.Process(target=_call, args=(port, body, calls // processes, ready, connections, kind))
        for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    ready.wait(30)
    began = time.perf_counter()
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise SystemExit("The raw limit could not be measured.")
    return calls / (time.perf_counter() - began)


def _call(port: int, body: bytes, calls: int, ready: Barrier, connections: int, kind: str) -> None:
    pool = httpcore.ConnectionPool(max_connections=connections, max_keepalive_connections=connections)
    url, sealing = f"http://127.0.0.1:{port}/fine/device", kind == "sealing"
    keys = [ec.generate_private_key(ec.SECP256R1()).public_key() for _ in range(1000 * sealing)]
    points = [encryption.raw(key) for key in keys]

    def one(number: int) -> None:
        content = encryption.seal(body, points[number % 1000], bytes(16)) if sealing else body
        with pool.stream("POST", url, headers=HEADERS[kind], content=content) as answer:
            answer.read()
            assert answer.status == 201

    with ThreadPoolExecutor(connections) as threads:
        list(threads.map(one, range(connections)))
        ready.wait(30)
        list(threads.map(one, range(calls)))


if __name__ == "__main__":
    kind, file, *numbers = sys.argv[1:]
    port, calls, processes, connections = map(int, numbers)
    print(measure(port, Path(file).read_bytes(), calls, processes, connections, kind))
