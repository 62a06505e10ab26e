"""The raw limit: processes that write one prebuilt mail over and over and do nothing else.

Two ways. `two`: MAIL, RCPT and DATA in one write, then the content, as any pipelining client does. `one`: each
envelope travels with the content before it, which is what our own backend does and the least that SMTP allows.
"""

import multiprocessing
import socket
import subprocess
import sys
import tempfile
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path

ENVELOPE = b"MAIL FROM:<post@linden.example>\r\nRCPT TO:<anna@example.org>\r\nDATA\r\n"


def rate(port: int, content: bytes, mails: int, processes: int, round_trips: str) -> float:
    """Mails a second, of all processes together. Runs this file as a program, without anything of ours loaded."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        command = [sys.executable, __file__, str(port), file.name, str(mails), str(processes), round_trips]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(port: int, content: bytes, mails: int, processes: int, round_trips: str) -> float:
    ready = multiprocessing.Barrier(processes + 1)
    workers = [
        multiprocessing.Process(
            target=_send, args=(port, content, mails // processes, ready, round_trips == "one")
        )
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
    return mails / (time.perf_counter() - began)


def _send(port: int, content: bytes, mails: int, ready: Barrier, one: bool) -> None:
    with socket.create_connection(("127.0.0.1", port)) as link, link.makefile("rb") as replies:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        replies.readline()
        link.sendall(b"EHLO bench\r\n")
        while replies.readline()[3:4] == b"-":
            pass
        content += b".\r\n"
        ready.wait(30)
        link.sendall(ENVELOPE)
        for number in range(mails):
            for expected in (b"250", b"250", b"354"):
                assert replies.readline()[:3] == expected
            last = number == mails - 1
            link.sendall(content + ENVELOPE if one and not last else content)
            assert replies.readline()[:3] == b"250"
            if not one and not last:
                link.sendall(ENVELOPE)


if __name__ == "__main__":
    print(
        measure(
            int(sys.argv[1]), Path(sys.argv[2]).read_bytes(), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
        )
    )
