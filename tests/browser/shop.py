"""A shop of its own on another loopback address, whose pages load our script as its developer would have them do."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic
from typing import Any

import jwt
from playwright.sync_api import Page, Request

from customers.models import ApiKey, Event
from customers.tracking import keys, snippets
from tests.customers.door import sweep

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mug</title>{head}</head>
<body><h1>Mug</h1></body></html>"""
PATIENCE = 15


@dataclass
class Shop:
    """`pages` are bodies by path; `policy` is their content security policy."""

    server: ThreadingHTTPServer
    pages: dict[str, str] = field(default_factory=dict)
    policy: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def page(self, path: str, head: str) -> None:
        self.pages[path] = PAGE.format(head=head)


def opened() -> Shop:
    """A shop that answers in a thread of its own until `server.shutdown()`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = shop.pages.get(self.path.partition("?")[0])
            self.send_response(404 if body is None and self.path != "/favicon.ico" else 200)
            kind = "javascript" if self.path.endswith(".js") else "html"
            self.send_header("Content-Type", f"text/{kind}; charset=utf-8")
            if shop.policy:
                self.send_header("Content-Security-Policy", shop.policy)
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, *args: Any) -> None:
            pass

    shop = Shop(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
    Thread(target=shop.server.serve_forever, daemon=True).start()
    return shop


def snippet(key: ApiKey, host: str) -> snippets.Snippet:
    return snippets.of(keys.public(key), host, f"{host}/static/sdk/stammkunde.js")


def token(key: ApiKey, number: str, minutes: int = 5) -> str:
    """What the shop's server signs for her who is signed in."""
    expires = datetime.now(UTC) + timedelta(minutes=minutes)
    return jwt.encode({"sub": number, "exp": expires}, keys.identity_secret(key), "HS256")


class Wire:
    """What the pages of a browser have sent to the tracking API, request by request."""

    def __init__(self) -> None:
        self.requests: list[list[dict[str, Any]]] = []

    def hear(self, request: Request) -> None:
        if request.method == "POST" and "/api/v1/" in request.url:
            self.requests.append(json.loads(request.post_data or "{}").get("batch", []))

    @property
    def ids(self) -> list[str]:
        return [message["messageId"] for batch in self.requests for message in batch]


def tell(page: Page, name: str, *given: Any) -> None:
    """`stammkunde(name, ...given)` in the page."""
    page.evaluate("given => stammkunde(...given)", [name, *given])


def stored(page: Page) -> dict[str, Any]:
    """All that the page's origin keeps in localStorage."""
    found: dict[str, str] = page.evaluate("({...localStorage})")
    return {name: json.loads(text) for name, text in found.items()}


def waiting(page: Page) -> list[dict[str, Any]]:
    return [message for name, message in sorted(stored(page).items()) if name != "stammkunde"]


def views() -> int:
    """How many views of products the database holds."""
    return Event.objects.filter(kind="view").count()


def until(page: Page, what: Callable[[], object]) -> None:
    """Let the browser go on until this is so; what has arrived is recorded meanwhile."""
    end = monotonic() + PATIENCE
    while True:
        sweep()
        if what():
            return
        assert monotonic() < end, "it did not come about"
        page.wait_for_timeout(50)
