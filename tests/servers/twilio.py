"""A Twilio on loopback, speaking as much of its REST protocol as sending messages needs. Its own log is the truth.

The last digits of a number say what becomes of it; `answers` lists them.
"""

import base64
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl

SID = "AC" + "0" * 32
TOKEN = "right"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: "Twilio"
    # By the end of the number: HTTP status, Twilio's code, words, headers.
    answers: ClassVar[dict[str, tuple[Any, ...]]] = {
        "0001": (400, 21211, "Invalid 'To' Phone Number: {to}"),
        "0002": (400, 21614, "'To' number is not a valid mobile number: {to}"),
        "0003": (400, 21610, "Attempt to send to unsubscribed recipient {to}"),
        "0004": (400, 21408, "Permission to send an SMS has not been enabled for the region of {to}"),
        "0005": (400, 21606, "The 'From' phone number is not a valid message-capable number"),
        "0006": (429, 20429, "Too Many Requests", {"Retry-After": "7"}),
        "0007": (500, 20500, "An internal server error has occurred"),
        "0008": (503, 20503, "Service unavailable", {"Retry-After": "60"}),
        "0009": (400, 63016, "Failed to send freeform message: outside the allowed window"),
        "0010": (400, 21617, "The concatenated message body exceeds the 1600 character limit"),
        "0011": (429, 20429, "Too Many Requests"),
    }

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        form = dict(parse_qsl(raw.decode(), keep_blank_values=True))
        time.sleep(self.server.delay)
        if self.path != f"/2010-04-01/Accounts/{SID}/Messages.json":
            return self.answer(404, {"code": 20404, "message": "not found"})
        expected = base64.b64encode(f"{SID}:{self.server.token}".encode()).decode()
        if self.headers["Authorization"] != f"Basic {expected}":
            return self.answer(401, {"code": 20003, "message": "Authenticate", "status": 401})
        end = form["To"][-4:]
        if end in self.answers:
            return self.refuse(form["To"], *self.answers[end])
        if end == "0020":
            return self.cut()
        sid = self.server.take(form)
        match end:
            case "0021":
                return self.cut()
            case "0022":
                return self.answer(201, "<html>")
            case "0023":
                failed = {"sid": sid, "status": "failed", "error_code": 30006, "error_message": "Landline"}
                return self.answer(201, failed)
        return self.answer(201, {"sid": sid, "status": "queued", "num_segments": "1", "error_code": None})

    def refuse(
        self, to: str, status: int, code: int, words: str, headers: dict[str, str] | None = None
    ) -> None:
        body = {"code": code, "message": words.format(to=to), "status": status}
        self.answer(status, body, headers)

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(data))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        pass


class Twilio(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 50

    def __init__(self, delay: float = 0, token: str = TOKEN) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.delay, self.token = delay, token
        self.messages: list[dict[str, str]] = []
        self.connections = 0
        self.lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def take(self, form: dict[str, str]) -> str:
        with self.lock:
            self.messages.append(form)
            return f"SM{len(self.messages):032x}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
