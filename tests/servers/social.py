"""The four networks on loopback, speaking as much of their protocols as posting needs. Their own log is the truth.

`mode` says what becomes of the next call that would make a post public; `modes` lists them.
"""

import json
import re
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from oauthlib.oauth1.rfc5849 import signature

TOKEN = "right"
PAGE, PROFILE, BOARD = "100200300", "500600700", "900800700"
PICTURE = b"\xff\xd8\xff\xe0 a picture"
# (takes it, answer): `cut` is a connection that ends without an answer.
MODES: dict[str, tuple[bool, str]] = {
    "normal": (True, "good"),
    "busy": (False, "429"),
    "broken": (False, "500"),
    "broken_after": (True, "500"),
    "cut": (False, "cut"),
    "cut_after": (True, "cut"),
    "nonsense_after": (True, "nonsense"),
    "expired": (False, "expired"),
    "refused": (False, "refused"),
}


Act = Callable[["Handler", dict[str, Any]], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Networks"

    def do_GET(self) -> None:
        self.route("GET", b"")

    def do_POST(self) -> None:
        self.route("POST", self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def route(self, method: str, raw: bytes) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        if parts.path == "/picture.jpg":
            return self.answer(200, PICTURE, "image/jpeg")
        self.server.calls.append((method, parts.path))
        said = self.said(raw) or query
        for way, pattern, guard, act in ROUTES:
            found = re.fullmatch(pattern, parts.path)
            if way == method and found:
                self.number = found[1] if found.groups() else ""
                return guard(self, said, act)
        return self.json(404, {"message": "not here"})

    def said(self, raw: bytes) -> dict[str, Any]:
        kind = self.headers.get("Content-Type") or ""
        if kind == "application/json" and raw:
            return dict(json.loads(raw))
        return dict(parse_qsl(raw.decode(), keep_blank_values=True))

    # --- Who may ---

    def graph(self, said: dict[str, Any], act: Act) -> None:
        if self.server.expired or said.get("access_token") != TOKEN:
            error = {"message": "Error validating access token", "type": "OAuthException", "code": 190}
            return self.json(400, {"error": error})
        return act(self, said)

    def x(self, said: dict[str, Any], act: Act) -> None:
        given = self.headers.get("Authorization") or ""
        if self.server.expired or not (
            given == f"Bearer {TOKEN}" or self.server.signed(self.command, self.path, given)
        ):
            return self.json(401, {"title": "Unauthorized", "status": 401, "detail": "Unauthorized"})
        return act(self, said)

    def pinterest(self, said: dict[str, Any], act: Act) -> None:
        if self.server.expired or self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.json(401, {"code": 2, "message": "Authentication failed."})
        return act(self, said)

    # --- Publishing ---

    def publish(self, network: str, said: dict[str, Any]) -> None:
        takes, answers = MODES[self.server.next_mode()]
        made = self.server.take(network, said) if takes else 0
        match answers:
            case "good":
                self.json(*self.good(network, made))
            case "cut":
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            case "nonsense":
                self.answer(200, b"<html>", "text/html")
            case "429":
                self.json(429, {"error": {"code": 32, "message": "limit"}}, {"Retry-After": "7"})
            case "500":
                self.json(500, {"error": {"code": 1, "message": "An unknown error occurred"}})
            case "expired":
                self.server.expired = True
                self.route_expired(network)
            case "refused":
                self.json(400, {"error": {"code": 100, "message": "Invalid parameter"}, "message": "Invalid"})

    def route_expired(self, network: str) -> None:
        if network in ("facebook", "instagram"):
            return self.json(400, {"error": {"code": 190, "message": "expired", "type": "OAuthException"}})
        return self.json(401, {"code": 2, "detail": "Unauthorized"})

    def good(self, network: str, made: int) -> tuple[int, dict[str, Any]]:
        match network:
            case "facebook":
                return 200, {"id": f"{PAGE}_{made}"}
            case "x":
                return 201, {"data": {"id": str(made), "text": "…"}}
            case "pinterest":
                return 201, {"id": str(made)}
        return 200, {"id": str(made)}

    # --- Instagram's first step ---

    def container(self, said: dict[str, Any]) -> None:
        number = f"c{len(self.server.containers) + 1}"
        self.server.containers[number] = {**said, "status": "FINISHED"}
        self.json(200, {"id": number})

    def about(self, said: dict[str, Any]) -> None:
        one = self.number
        if one in self.server.containers:
            return self.json(200, {"status_code": self.server.containers[one]["status"], "id": one})
        if one == PAGE:
            return self.json(200, {"name": "Kaufhaus Linden", "id": PAGE})
        if one == PROFILE:
            return self.json(200, {"username": "kaufhaus.linden", "id": PROFILE})
        return self.json(200, {"id": one, "permalink": f"https://www.instagram.com/p/{one}/"})

    # --- What is there ---

    def facebook_posts(self, said: dict[str, Any]) -> None:
        posts = [
            {
                "id": f"{PAGE}_{number}",
                "message": what.get("message") or what.get("caption"),
                "created_time": f"{at:%Y-%m-%dT%H:%M:%S}+0000",
                "permalink_url": f"https://www.facebook.com/{number}",
                "attachments": {"data": [{"unshimmed_url": what.get("link")}]},
            }
            for number, at, what in self.server.of("facebook")
        ]
        self.json(200, {"data": posts})

    def instagram_posts(self, said: dict[str, Any]) -> None:
        posts = [
            {
                "id": str(number),
                "caption": what["caption"],
                "permalink": f"https://www.instagram.com/p/{number}/",
            }
            for number, _at, what in self.server.of("instagram")
        ]
        self.json(200, {"data": posts})

    def tweets(self, said: dict[str, Any]) -> None:
        posts = [
            {
                "id": str(number),
                "text": what["text"],
                "entities": {
                    "urls": [
                        {"expanded_url": word} for word in what["text"].split() if word.startswith("http")
                    ]
                },
            }
            for number, _at, what in self.server.of("x")
        ]
        self.json(
            200,
            {"data": posts, "meta": {"result_count": len(posts)}} if posts else {"meta": {"result_count": 0}},
        )

    def pins(self, said: dict[str, Any]) -> None:
        pins = [
            {"id": str(number), "created_at": f"{at:%Y-%m-%dT%H:%M:%S}", **what}
            for number, at, what in self.server.of("pinterest")
        ]
        self.json(200, {"items": pins, "bookmark": None})

    def json(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self.answer(status, json.dumps(body).encode(), "application/json", headers)

    def answer(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (
            {"Content-Length": str(len(body)), "Content-Type": kind} | (headers or {})
        ).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def publishing(network: str) -> Act:
    return lambda handler, said: handler.publish(network, said)


def container_published(handler: Handler, said: dict[str, Any]) -> None:
    handler.publish("instagram", handler.server.containers[said["creation_id"]] | said)


def saying(**said: Any) -> Act:
    return lambda handler, _said: handler.json(200, said)


GRAPH, X, PINTEREST = Handler.graph, Handler.x, Handler.pinterest
ROUTES: list[tuple[str, str, Any, Act]] = [
    ("POST", f"/v25.0/{PAGE}/(feed|photos)", GRAPH, publishing("facebook")),
    ("GET", f"/v25.0/{PAGE}/published_posts", GRAPH, lambda handler, said: handler.facebook_posts(said)),
    ("POST", f"/v25.0/{PROFILE}/media", GRAPH, Handler.container),
    ("POST", f"/v25.0/{PROFILE}/media_publish", GRAPH, container_published),
    ("GET", f"/v25.0/{PROFILE}/media", GRAPH, Handler.instagram_posts),
    ("GET", "/v25.0/([^/]+)", GRAPH, Handler.about),
    ("POST", "/2/media/upload", X, saying(data={"id": "77", "media_key": "3_77"})),
    ("POST", "/2/media/metadata", X, saying(data={})),
    ("POST", "/2/tweets", X, publishing("x")),
    ("GET", "/2/users/me", X, saying(data={"id": "42", "username": "linden"})),
    ("GET", "/2/users/42/tweets", X, Handler.tweets),
    ("POST", "/v5/pins", PINTEREST, publishing("pinterest")),
    ("GET", f"/v5/boards/{BOARD}/pins", PINTEREST, Handler.pins),
    ("GET", f"/v5/boards/{BOARD}", PINTEREST, saying(id=BOARD, name="Wohnen")),
]


class Networks(ThreadingHTTPServer):
    """`log` holds what is public: (network, number, when, what was said)."""

    daemon_threads = True
    request_queue_size = 50

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.log: list[tuple[str, int, datetime, dict[str, Any]]] = []
        self.containers: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, str]] = []
        self.modes: list[str] = []
        self.expired = False
        self.lock = threading.Lock()

    def next_mode(self) -> str:
        with self.lock:
            return self.modes.pop(0) if self.modes else "normal"

    def take(self, network: str, said: dict[str, Any]) -> int:
        with self.lock:
            number = 1000 + len(self.log)
            self.log.append((network, number, datetime.now(UTC), said))
            if network == "instagram":
                self.containers[said["creation_id"]]["status"] = "PUBLISHED"
            return number

    def of(self, network: str) -> list[tuple[int, datetime, dict[str, Any]]]:
        return [(number, at, said) for key, number, at, said in self.log if key == network]

    def signed(self, method: str, path: str, given: str) -> bool:
        """OAuth 1.0a over method and address (RFC 5849), as a server recomputes it."""
        parts = dict(re.findall(r'(oauth_\w+)="([^"]*)"', given))
        if not given.startswith("OAuth ") or unquote(parts.get("oauth_token", "")) != TOKEN:
            return False
        query = parse_qsl(urlsplit(path).query)
        own = [(name, unquote(value)) for name, value in parts.items() if name != "oauth_signature"]
        asked = SimpleNamespace(
            uri=self.url + path,
            http_method=method,
            params=[*query, *own],
            signature=unquote(parts["oauth_signature"]),
        )
        return bool(signature.verify_hmac_sha1(asked, "consumer secret", "token secret"))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> "Networks":
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
