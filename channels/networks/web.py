"""JSON over the guarded client, as all four networks speak it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from channels.backends.base import shortened
from channels.networks.base import Kind, Outcome
from config import http
from config.http import CallError, MaybeSent, Session

LARGEST_PICTURE = 5_000_000  # X takes no larger ones


class Reply(NamedTuple):
    """`said` is the answer's JSON object, empty where it was none."""

    status: int
    headers: Mapping[str, str]
    said: Mapping[str, Any]

    @property
    def good(self) -> bool:
        return self.status in (200, 201)


def call(session: Session, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
    """Raises NotSent or MaybeSent."""
    answer = session.send(method, url, headers={"Accept": "application/json", **headers}, body=body)
    return Reply(answer.status, answer.headers, decoded(answer.body))


def decoded(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def picture(session: Session, url: str) -> bytes | Outcome:
    """The bytes of a picture, fetched by the guarded client: a network that takes no addresses gets these."""
    try:
        answer = session.send("GET", url, headers={"Accept": "image/*"}, largest=LARGEST_PICTURE)
    except CallError as error:
        return Outcome(Kind.CONTENT, "picture_away", shortened(error), "picture")
    kind = answer.headers.get("content-type", "")
    if answer.status != 200 or not kind.startswith("image/"):
        return Outcome(Kind.CONTENT, "picture_away", f"{answer.status} {kind}"[:80], "picture")
    return answer.body


def broken(error: CallError, *, public: bool) -> Outcome:
    """What a broken line means: doubt only where the call would have made the post public."""
    in_doubt = public and isinstance(error, MaybeSent)
    return (
        Outcome(Kind.UNKNOWN, "no_answer", shortened(error))
        if in_doubt
        else Outcome(Kind.LINE, "line", shortened(error))
    )


def wait(headers: Mapping[str, str], at: float) -> float | None:
    """The seconds that an answer asks for, by Retry-After or X's time of reset (seconds since 1970)."""
    reset = headers.get("x-rate-limit-reset", "")
    after = http.wait(headers.get("retry-after", ""))
    if after is not None:
        return after
    if reset.isascii() and reset.isdigit() and len(reset) < 12:
        return min(max(float(reset) - at, 0.0), http.LONGEST_WAIT)
    return None


def moment(text: Any) -> datetime | None:
    """The networks' ways to write a time: 2026-11-26T10:00:00+0000, ...Z, or with fractions."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def words(reply: Reply, said: object) -> str:
    return shortened(f"{reply.status}: {said}" if said else str(reply.status))


def rows(found: Any) -> list[Mapping[str, Any]]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
