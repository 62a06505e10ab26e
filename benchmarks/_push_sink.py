"""A push service that takes everything and forgets it: as little HTTP as one process can do."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

TAKEN = b"HTTP/1.1 201 Created\r\nLocation: /m/%d\r\nContent-Length: 0\r\n\r\n"


class Door(asyncio.Protocol):
    number = 0
    delay = 0.0

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
        self.transport.write(TAKEN % number)  # type: ignore[attr-defined]


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Door, "127.0.0.1", port)
    await server.serve_forever()


@contextmanager
def running(delay: float = 0) -> Iterator[int]:
    """Its port on loopback; it answers after so many seconds."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen([sys.executable, __file__, str(port), str(delay)])
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
    Door.delay = float(sys.argv[2])
    asyncio.run(serve(int(sys.argv[1])))
