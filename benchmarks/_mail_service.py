"""A mail service that takes lists of mails in Postmark's form and forgets them, and the raw limit of calling it.

It reads each call to its end, counts the mails in it, waits as long as it is told, and answers with a name for each.
The raw limit: processes that write one prepared call over and over and do nothing else.
"""

import multiprocessing
import socket
import socketserver
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path

MARK = b'"HtmlBody":'  # once in each mail
ONE = b'{"ErrorCode":0,"Message":"OK","MessageID":"0a129aee-e1cd-480d-b08d-4f48548ff48d","To":"a@b.example"}'
LENGTH = b"content-length:"


@contextmanager
def running(seconds: float) -> Iterator[int]:
    """Its port on loopback, in a process of its own. `seconds`: how long it takes for a call."""
    command = [sys.executable, __file__, "serve", str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


class Service(socketserver.ThreadingTCPServer):
    daemon_threads = True
    seconds = 0.0


class Talk(socketserver.StreamRequestHandler):
    rbufsize = 2**20
    disable_nagle_algorithm = True
    server: Service

    def handle(self) -> None:
        while length := self._length():
            count = self.rfile.read(length).count(MARK)
            time.sleep(self.server.seconds)
            said = b"[" + b",".join([ONE] * count) + b"]"
            self.wfile.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (len(said), said)
            )

    def _length(self) -> int:
        """What the head of the next call says; 0 when there is none."""
        length = 0
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            if line[: len(LENGTH)].lower() == LENGTH:
                length = int(line[len(LENGTH) :])
        return length if line else 0


def rate(port: int, body: bytes, calls: int, processes: int) -> float:
    """Calls a second, of all processes together. Runs this file as a program, without anything of ours loaded."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        command = [sys.executable, __file__, "rate", str(port), file.name, str(calls), str(processes)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(port: int, body: bytes, calls: int, processes: int) -> float:
    ready = multiprocessing.Barrier(processes + 1)
    arguments = (port, body, calls // processes, ready)
    workers = [multiprocessing.Process(target=_call, args=arguments) for _ in range(processes)]
    for worker in workers:
        worker.start()
    ready.wait(30)
    began = time.perf_counter()
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise SystemExit("The raw limit could not be measured.")
    return calls // processes * processes / (time.perf_counter() - began)


def _call(port: int, body: bytes, calls: int, ready: Barrier) -> None:
    head = f"POST /email/batch HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port)) as link, link.makefile("rb") as answers:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ready.wait(30)
        for _ in range(calls):
            link.sendall(head)
            link.sendall(body)
            length = 0
            while (line := answers.readline()) != b"\r\n":
                length = int(line[len(LENGTH) :]) if line[: len(LENGTH)].lower() == LENGTH else length
            assert answers.read(length).startswith(b'[{"ErrorCode":0')


def serve(seconds: float) -> None:
    with Service(("127.0.0.1", 0), Talk) as service:
        service.seconds = seconds
        print(service.server_address[1], flush=True)
        service.serve_forever()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(float(sys.argv[2]))
    else:
        port, name, calls, processes = sys.argv[2:]
        print(measure(int(port), Path(name).read_bytes(), int(calls), int(processes)))
