"""A service that takes every call and forgets it, with the same answer for all: as little HTTP as there can be."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

PUSHED = b"HTTP/1.1 201 Created\r\nLocation: /m/%d\r\nContent-Length: 0\r\n\r\n"
TEXTED = (
    b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 87\r\n\r\n"
    b'{"sid": "SM%032d", "status": "queued", "num_segments": "1"}\n'
)
ANSWERS = {"push": PUSHED, "sms": TEXTED}


class Door(asyncio.Protocol):
    number = 0
    delay, answered_with = 0.0, PUSHED

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.waiting = transport, b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while (end := self.waiting.find(b"\r\n\r\n")) >= 0:
            head = self.waiting[:end].lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self.waiting) < end + 4 + length:
                return
            self.waiting = self.waiting[end + 4 + length :]
            Door.number += 1
            if Door.delay:
                asyncio.get_running_loop().call_later(Door.delay, self.answer, Door.number)
            else:
                self.answer(Door.number)

    def answer(self, number: int) -> None:
        self.transport.write(Door.answered_with % number)  # type: ignore[attr-defined]


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Door, "127.0.0.1", port)
    await server.serve_forever()


@contextmanager
def running(kind: str, delay: float = 0) -> Iterator[int]:
    """Its port on loopback; it answers as a service of this kind, after so many seconds."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen([sys.executable, __file__, str(port), kind, str(delay)])
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    Door.answered_with, Door.delay = ANSWERS[sys.argv[2]], float(sys.argv[3])
    asyncio.run(serve(int(sys.argv[1])))
