"""What people said yes or no to, wherever they said it: announced upward, recorded by channels."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customers.models import Origin
from customers.signals import permissions_asked, permissions_stated

CHUNK = 10_000


@dataclass(frozen=True)
class Stated:
    """One yes or no. `topic` is a topic's key, empty for all topics; `purpose` is sending or tracking.

    `evidence` is what proves it: `source`, `form` and `wording` at least, where it is a yes. `existing_customer`: she
    did not say it herself, but bought, and was told; its four facts are in channels/consent.py (PROOF).
    """

    customer_id: int
    channel: str
    granted: bool
    stated_at: datetime
    topic: str = ""
    purpose: str = "sending"
    existing_customer: bool = False
    evidence: dict[str, Any] = field(default_factory=dict)


def state(rows: Sequence[Stated], at: datetime, origin: Origin) -> Counter[str]:
    """Announce statements inside the caller's transaction; answers how many met which fate.

    The fates are those of `channels.heard.hear`: recorded, grant_ignored, grant_unproven, channel_unknown, answered.
    """
    fates: Counter[str] = Counter()
    for start in range(0, len(rows), CHUNK):
        part = list(rows[start : start + CHUNK])
        ids = sorted({row.customer_id for row in part})
        answers = permissions_stated.send(Stated, ids=ids, statements=part, at=at, origin=origin)
        for _receiver, fate in answers:
            fates.update(fate or {})
    return fates


@dataclass(frozen=True)
class Asked:
    """That somebody may want messages, so that she is asked, and only her own yes counts. `customer_id` where she is
    known; `evidence` names source, form and wording of the occasion."""

    address: str
    channel: str
    asked_at: datetime
    language: str = ""
    topic: str = ""
    customer_id: int | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


def ask(rows: Sequence[Asked], at: datetime) -> Counter[str]:
    """Announce requests inside the caller's transaction; answers how many met which fate."""
    fates: Counter[str] = Counter()
    for start in range(0, len(rows), CHUNK):
        part = list(rows[start : start + CHUNK])
        ids = sorted({row.customer_id for row in part if row.customer_id is not None})
        for _receiver, fate in permissions_asked.send(
            Asked, ids=ids, requests=part, at=at, origin=Origin.LIVE
        ):
            fates.update(fate or {})
    return fates
