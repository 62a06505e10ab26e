"""A push service on loopback, with the browsers behind it. Its own log is the truth.

It checks our signature (RFC 8292), and opens each message as the browser does, by another implementation of RFC 8291.
The path of an endpoint says what becomes of its messages; `answers` lists them.
"""

import json
import os
import socket
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def point(written: str) -> ec.EllipticCurvePublicKey:
    data = urlsafe_b64decode(written + "=" * (-len(written) % 4))
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)


@dataclass
class Browser:
    """One browser's subscription: `public` is the key of ours that it was made with."""

    endpoint: str
    public: str
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def p256dh(self) -> str:
        return text(self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    @property
    def auth(self) -> str:
        return text(self.secret)

    def opened(self, body: bytes) -> dict[str, Any]:
        plain = http_ece.decrypt(body, private_key=self.private, auth_secret=self.secret, version="aes128gcm")
        said: dict[str, Any] = json.loads(plain)
        return said


@dataclass
class Taken:
    """A message that the service took over."""

    browser: Browser
    shown: dict[str, Any]
    headers: dict[str, str]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: "PushService"
    answers: ClassVar[dict[str, tuple[int, dict[str, str]]]] = {
        "gone": (410, {}),
        "unknown": (404, {}),
        "busy": (429, {"Retry-After": "7"}),
        "full": (429, {}),
        "resting": (503, {"Retry-After": "60"}),
        "down": (500, {}),
        "away": (503, {}),
        "large": (413, {}),
        "bad": (400, {}),
        "moved": (307, {"Location": "http://127.0.0.1:1/elsewhere"}),
    }

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls += 1
        time.sleep(self.server.delay)
        kind = self.path.split("/")[1]
        if self.path in self.server.silent:
            return self.cut()
        if kind in self.answers:
            return self.answer(*self.answers[kind])
        browser = self.server.browsers.get(self.path)
        if browser is None:
            return self.answer(410)
        if not self.signed(browser):
            return self.answer(403)
        if not self.headers["TTL"] or len(body) > 4096 or self.headers["Content-Encoding"] != "aes128gcm":
            return self.answer(400)
        number = self.server.take(Taken(browser, browser.opened(body), dict(self.headers)))
        if kind == "cut":
            return self.cut()
        return self.answer(201, {"Location": f"{self.server.url}/message/{number}"})

    def signed(self, browser: Browser) -> bool:
        """By the key that the browser was subscribed with, for this service, not for too long."""
        scheme, _space, rest = self.headers["Authorization"].partition(" ")
        fields = dict(part.strip().split("=", 1) for part in rest.split(","))
        if scheme != "vapid" or fields["k"] != browser.public:
            return False
        try:
            said = jwt.decode(
                fields["t"],
                point(fields["k"]),
                algorithms=["ES256"],
                audience=self.server.url,
                options={"verify_exp": False, "require": ["exp", "aud", "sub"]},
            )
        except jwt.PyJWTError:
            return False
        self.server.claims.append(said)
        return True

    def answer(self, status: int, headers: dict[str, str] | None = None) -> None:
        data = b"" if status == 201 else b"no"
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


class PushService(ThreadingHTTPServer):
    """`silent`: paths whose connection is cut before anything is taken."""

    daemon_threads = True
    request_queue_size = 50

    def __init__(self, delay: float = 0) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.delay, self.calls, self.connections = delay, 0, 0
        self.browsers: dict[str, Browser] = {}
        self.silent: set[str] = set()
        self.messages: list[Taken] = []
        self.claims: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def take(self, message: Taken) -> int:
        with self.lock:
            self.messages.append(message)
            return len(self.messages)

    def browser(self, public: str, kind: str = "fine") -> Browser:
        """A browser that has just subscribed."""
        path = f"/{kind}/{text(os.urandom(9))}"
        made = Browser(f"{self.url}{path}", public)
        self.browsers[path] = made
        return made

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
