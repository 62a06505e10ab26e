"""Meta's Graph API, which Facebook pages and Instagram profiles share.

Errors: https://developers.facebook.com/docs/graph-api/guides/error-handling and
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes
"""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from channels.networks import web
from channels.networks.base import Kind, Outcome
from channels.networks.web import Reply
from config.http import Session

VERSION = "v25.0"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

TOKEN = {102, 190, 463, 467}
RATE = {4, 9, 17, 32, 613, *range(80000, 80015)}  # 9: Instagram's limit of posts a day
FORBIDDEN = {3, 10, *range(200, 300)}
BLOCKED = {368}
DUPLICATE = {506}
BUSY = {1, 2}
PICTURE = {324, 9004, 36000, 36001, 36003, 36004, 36005}
PICTURE_MORE = {2207003, 2207004, 2207005, 2207009, 2207020, 2207023, 2207052, 2207053, 2207057}


class Graph:
    """A way to the API as one page or profile."""

    def __init__(self, host: str, token: str) -> None:
        self.place, self.token = f"{host.rstrip('/')}/{VERSION}", token
        self.session = Session(2)

    def post(self, path: str, **form: str) -> Reply:
        body = urlencode({**form, "access_token": self.token}).encode()
        return web.call(self.session, "POST", f"{self.place}/{path}", headers=FORM, body=body)

    def get(self, path: str, **query: str) -> Reply:
        asked = urlencode({**query, "access_token": self.token})
        return web.call(self.session, "GET", f"{self.place}/{path}?{asked}", headers={})

    def close(self) -> None:
        self.session.close()


def fault(reply: Reply, *, public: bool) -> Outcome:
    """What an answer other than good means. `public`: the call would have made the post public."""
    error: Any = reply.said.get("error")
    error = error if isinstance(error, dict) else {}
    code, more = number(error.get("code")), number(error.get("error_subcode"))
    detail = web.words(reply, error.get("error_user_msg") or error.get("message") or "")
    again = Outcome(Kind.UNKNOWN, "no_answer", detail) if public else Outcome(Kind.LINE, "line", detail)
    if code in TOKEN or (reply.status == 401 and not code):
        return Outcome(Kind.ACCOUNT, "token_expired", detail)
    if code in RATE or reply.status == 429:
        return Outcome(Kind.LINE, "rate", detail, retry_after=web.wait(reply.headers, time.time()))
    if code in BLOCKED:
        return Outcome(Kind.ACCOUNT, "blocked", detail)
    if code in FORBIDDEN:
        return Outcome(Kind.ACCOUNT, "forbidden", detail)
    if code in DUPLICATE:
        return again
    if reply.status >= 500 or code in BUSY or error.get("is_transient"):
        return again
    if code in PICTURE or more in PICTURE_MORE:
        return Outcome(Kind.CONTENT, "content", detail, "picture")
    return Outcome(Kind.CONTENT, "content", detail, "text")


def number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def name(reply: Reply, *fields: str) -> str | Outcome:
    if not reply.good:
        return fault(reply, public=False)
    said: Mapping[str, Any] = reply.said
    return next((str(said[each]) for each in fields if said.get(each)), "")
