"""A provider by HTTP on loopback, speaking as much of Postmark's protocol as sending one mail needs."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

INACTIVE = (
    "You tried to send to a recipient that has been marked as inactive.\n"
    "Found inactive addresses: nobody@example.org.\n"
    "Inactive recipients are ones that have generated a hard bounce or a spam complaint."
)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Postmark"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        local = body["To"].partition("@")[0].strip("<")
        if self.headers["X-Postmark-Server-Token"] != "right":
            return self.answer(401, {"ErrorCode": 10, "Message": "bad token"})
        if local in self.refusals:
            return self.answer(*self.refusals[local])
        if local == "cut-before":
            return self.cut()
        self.server.mails.append(body)
        if local == "cut-after":
            return self.cut()
        number = str(len(self.server.mails))
        return self.answer(200, {"ErrorCode": 0, "Message": "OK", "MessageID": number, "To": body["To"]})

    refusals: ClassVar[dict[str, tuple[Any, ...]]] = {
        "nobody": (422, {"ErrorCode": 406, "Message": INACTIVE}),
        "busy": (429, {"ErrorCode": 429, "Message": "slow down"}, {"Retry-After": "7"}),
        "down": (500, {"ErrorCode": 100, "Message": "maintenance"}),
        "maintenance": (503, {"ErrorCode": 100, "Message": "maintenance"}, {"Retry-After": "60"}),
        "policy": (422, {"ErrorCode": 412, "Message": "not approved"}),
    }

    def answer(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        pass


class Postmark(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.mails: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def __enter__(self) -> "Postmark":
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
