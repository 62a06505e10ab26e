"""A shop's system on loopback that takes webhooks, answers as a test says, and keeps what it was told."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Told(NamedTuple):
    headers: dict[str, str]
    raw: bytes
    began: float
    ended: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found


class Receiver(ThreadingHTTPServer):
    """`answer(number, body)` says with which status call `number` (from 0) is answered, and after how long."""

    daemon_threads = True

    def __init__(self, answer: Callable[[int, dict[str, Any]], tuple[int, float]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.told: list[Told] = []
        self.lock, self.count = threading.Lock(), 0
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/in?of=stammkunde"

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        began = time.monotonic()
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            number, self.server.count = self.server.count, self.server.count + 1
        status, seconds = self.server.answer(number, json.loads(raw))
        time.sleep(seconds)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.told.append(Told(headers, raw, began, time.monotonic()))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass
