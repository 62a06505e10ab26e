"""The client of benchmarks/ingest.py and loyalty.py: prepared requests over kept connections, one thread for each."""

import base64
import json
import random
import re
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

CONNECTIONS = 8
PATIENCE = 60  # seconds
EVENTS = ("Product Viewed", "Product Added", "Products Searched", "Newsletter Read")


def message(draw: random.Random) -> dict[str, object]:
    number = draw.randrange(200)
    return {
        "type": "track",
        "messageId": str(uuid.uuid4()),
        "anonymousId": f"visitor-{draw.randrange(2_000)}",
        "event": draw.choice(EVENTS),
        "timestamp": datetime.now(UTC).isoformat(),
        "properties": {"sku": f"B{number}", "name": f"Keramikbecher {number}", "price": 12.9, "quantity": 1},
        "context": {"library": {"name": "bench", "version": "1"}},
    }


def request(path: str, body: object, secret: str = "", *headers: str) -> bytes:
    data = json.dumps(body).encode()
    key = base64.b64encode(f"{secret}:".encode()).decode()
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Authorization: Basic {key}",
        f"Content-Length: {len(data)}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + data


class Line:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, prepared: bytes) -> int:
        """The status, once the whole answer is there."""
        self.socket.sendall(prepared)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        head, _blank, body = answer.partition(b"\r\n\r\n")
        # granian sends chunks; their end is an empty one. Our answers are JSON, which holds no such line.
        while b"transfer-encoding: chunked" in head.lower() and not body.endswith(b"0\r\n\r\n"):
            body += self._more()
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        while length and len(body) < int(length[1]):
            body += self._more()
        return int(head[9:12])

    def _more(self) -> bytes:
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server hung up")
        return data

    def close(self) -> None:
        self.socket.close()


def side_by_side(requests: Sequence[bytes], work: Callable[[Sequence[bytes]], None]) -> float:
    """Seconds until all connections have done their share."""
    shares = [requests[n::CONNECTIONS] for n in range(CONNECTIONS)]
    threads = [threading.Thread(target=work, args=(share,)) for share in shares]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def rush(port: int, requests: Sequence[bytes]) -> float:
    """Requests a second, all connections as fast as they can. Everything must be answered with 200."""
    statuses: list[int] = []

    def work(share: Sequence[bytes]) -> None:
        line = Line(port)
        statuses.extend(map(line.post, share))
        line.close()

    seconds = side_by_side(requests, work)
    if statuses != [200] * len(requests):
        raise SystemExit(f"Of {len(requests)} calls not all were answered with 200: {Counter(statuses)}")
    return len(requests) / seconds


def paced(port: int, requests: Sequence[bytes], a_second: int) -> list[float]:
    """Seconds from when each request was due until its answer, so that waiting for a slow one counts too."""
    took: list[float] = []
    begin, due = time.perf_counter() + 0.1, {id(each): n / a_second for n, each in enumerate(requests)}

    def work(share: Sequence[bytes]) -> None:
        line = Line(port)
        for prepared in share:
            at = begin + due[id(prepared)]
            time.sleep(max(0.0, at - time.perf_counter()))
            if line.post(prepared) != 200:
                raise SystemExit("A paced call was refused.")
            took.append(time.perf_counter() - at)
        line.close()

    side_by_side(requests, work)
    if len(took) != len(requests):
        raise SystemExit(f"Only {len(took)} of {len(requests)} paced calls were answered.")
    return sorted(took)


def insist(port: int, requests: Sequence[bytes], answered: list[int]) -> None:
    """Send until each is answered with 200, as the vendor's clients do when the server goes away."""

    def work(share: Sequence[bytes]) -> None:
        line: Line | None = None
        for prepared in share:
            until = time.monotonic() + PATIENCE
            while True:
                try:
                    line = line or Line(port)
                    if line.post(prepared) == 200:
                        answered.append(1)
                        break
                except (OSError, ValueError):
                    line = None
                if time.monotonic() > until:
                    return
                time.sleep(0.02)

    side_by_side(requests, work)
