"""The raw limit of benchmarks/push.py: processes that post one sealed message over and over by the same HTTP library,
with kept connections, and do nothing else."""

import multiprocessing
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Barrier
from pathlib import Path

import httpcore

HEADERS = {
    "TTL": "259200",
    "Urgency": "normal",
    "Topic": "message-12000",
    "Content-Encoding": "aes128gcm",
    "Content-Type": "application/octet-stream",
    "Authorization": f"vapid t={'x' * 210}, k={'y' * 87}",
}


def rate(port: int, body: bytes, calls: int, processes: int, connections: int) -> float:
    """Calls a second, of all processes together. Runs this file as a program, without anything of ours loaded."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        given = (port, file.name, calls, processes, connections)
        command = [sys.executable, __file__, *map(str, given)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(port: int, body: bytes, calls: int, processes: int, connections: int) -> float:
    ready = multiprocessing.Barrier(processes + 1)
    workers = [
        multiprocessing.Process(target=_call, args=(port, body, calls // processes, ready, connections))
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


def _call(port: int, body: bytes, calls: int, ready: Barrier, connections: int) -> None:
    pool = httpcore.ConnectionPool(max_connections=connections, max_keepalive_connections=connections)
    url = f"http://127.0.0.1:{port}/fine/device"

    def one(_number: int) -> None:
        with pool.stream("POST", url, headers=HEADERS, content=body) as answer:
            answer.read()
            assert answer.status == 201

    with ThreadPoolExecutor(connections) as threads:
        list(threads.map(one, range(connections)))
        ready.wait(30)
        list(threads.map(one, range(calls)))


if __name__ == "__main__":
    port, file, calls, processes, connections = sys.argv[1:]
    print(measure(int(port), Path(file).read_bytes(), int(calls), int(processes), int(connections)))
