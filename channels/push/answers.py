"""What a push service's answer means for one browser, and the answers of all her browsers for the message."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from channels.backends.base import Kind, Outcome, shortened
from config import http

REST = 5.0  # seconds
TAKEN = frozenset({200, 201, 202, 204})
GONE = frozenset({404, 410})
# So many browsers refuse us and none takes anything: that is our key, not theirs.
ALL_OF_US = 10


class Fate(StrEnum):
    TAKEN = "taken"
    GONE = "gone"
    REFUSED = "refused"  # this browser's subscription and our key do not go together
    LINE = "line"
    US = "us"
    UNKNOWN = "unknown"


class Answer(NamedTuple):
    """About the browser of this id. `retry_after` in seconds."""

    device_id: int
    fate: Fate
    provider_id: str = ""
    detail: str = ""
    retry_after: float | None = None


NOBODY = Outcome(Kind.ADDRESS, detail="no browser takes messages any more")


def of_answer(device_id: int, status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    if status in TAKEN:
        return Answer(device_id, Fate.TAKEN, headers.get("location", "")[-120:], str(status))
    detail = shortened(f"{status} {body[:200].decode(errors='replace')}")
    if status in GONE:
        return Answer(device_id, Fate.GONE, detail=detail)
    after = http.wait(headers.get("retry-after", ""))
    if status == 429 or (status == 503 and after is not None):
        return Answer(device_id, Fate.LINE, detail=detail, retry_after=REST if after is None else after)
    if status == 413:
        return Answer(device_id, Fate.US, detail=detail)
    # A redirect is not followed (RFC 8030 knows none here), and is no better than a refusal.
    return Answer(device_id, Fate.REFUSED if status < 500 else Fate.UNKNOWN, detail=detail)


# Of several browsers the best answer counts: it went, may have gone, can go later.
RANK = (Fate.TAKEN, Fate.UNKNOWN, Fate.LINE, Fate.US, Fate.REFUSED, Fate.GONE)


def outcome(answers: Sequence[Answer], given_up: set[int]) -> Outcome:
    """For one message. `given_up`: the refused browsers that are ended now."""
    if not answers:
        return NOBODY
    best = min(answers, key=lambda each: RANK.index(each.fate))
    match best.fate:
        case Fate.TAKEN:
            return Outcome(Kind.ACCEPTED, best.provider_id, best.detail)
        case Fate.UNKNOWN:
            return Outcome(Kind.UNKNOWN, detail=best.detail)
        case Fate.LINE:
            return Outcome(Kind.LINE, detail=best.detail, retry_after=best.retry_after)
        case Fate.US:
            return Outcome(Kind.US, detail=best.detail)
        case Fate.REFUSED:
            left = any(each.fate is Fate.REFUSED and each.device_id not in given_up for each in answers)
            return Outcome(Kind.ADDRESS, detail=best.detail, suppress=not left)
    return Outcome(Kind.ADDRESS, detail=best.detail)


def is_ours(answers: Sequence[Answer]) -> bool:
    """Whether these refusals are about our key or account: many, and not one message taken."""
    fates = [each.fate for each in answers]
    return Fate.TAKEN not in fates and fates.count(Fate.REFUSED) >= ALL_OF_US
