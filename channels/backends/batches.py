"""Many mails in one call, for those mail services that take them; each mail is still a person's own.

What is certain after a call: a service that answers for each mail, or takes all or none. A call that is refused as a
whole may have one mail to blame, so it is halved until that one stands alone. An answer that stays away leaves the
mails of that call unknown, and no other call is made.
"""

import json
from abc import ABC, abstractmethod
from base64 import b64encode
from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any, NamedTuple

from anymail.exceptions import AnymailError

from channels.backends import replies
from channels.backends.base import BUDGET, UNSENT, Call, Kind, Outcome, Outcomes, shortened
from config.http import Answer, Forbidden, MaybeSent, NotSent, Session
from config.registry import Registry

# Statuses by which a call may be refused for the sake of a single mail in it.
PERHAPS_ONE = (400, 413, 422)
TOO_LARGE = 413
# While refused calls are halved and nobody has got through, it goes on for longer than a slice lasts, in seconds: a
# single mail must not look like the account's fault. So many refused alone are enough to believe that.
PATIENCE = 10.0
ENOUGH = 5
MISSING = Outcome(Kind.UNKNOWN, detail="the provider's answer says nothing of this mail")
compact = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


class Door(NamedTuple):
    url: str
    headers: Mapping[str, str]


class Reply(NamedTuple):
    """What a service says of one mail. `account`: it refuses the sender, whatever the mail."""

    kind: Kind
    provider_id: str = ""
    detail: str = ""
    account: bool = False


class Part(NamedTuple):
    """The mails of one call, each as it was written down."""

    calls: list[Call]
    mails: list[bytes]

    @property
    def size(self) -> int:
        return sum(map(len, self.mails))

    def halves(self) -> "tuple[Part, Part]":
        middle = len(self.calls) // 2
        return Part(self.calls[:middle], self.mails[:middle]), Part(self.calls[middle:], self.mails[middle:])


class Batch(ABC):
    """How one service takes many mails at once, registered in a folder `mail_batches`; `key` is its name for
    django-anymail, whose backend of that service (`backend`) knows key and address.

    most: mails a call; most_bytes: of a call; most_each: bytes of a mail above which it goes alone;
    repeats: whether an address may stand in a call twice; options: those of django-anymail's that are minded here.
    """

    key: str
    most: int
    most_bytes: int
    most_each = 0
    repeats = True
    options: frozenset[str] = frozenset({"api_url", "api_key", "timeout"})

    @abstractmethod
    def door(self, backend: Any) -> Door: ...

    @abstractmethod
    def mail(self, call: Call, backend: Any) -> Mapping[str, Any]:
        """One mail as the service reads it. Raises ValueError or AnymailError for what cannot be written."""

    def shared(self, call: Call) -> Hashable:
        """Mails in which this differs go in calls of their own: the sender, for whose sake a service may refuse a call,
        and whatever else it wants said once for all."""
        return call.sender_email

    def body(self, part: Part, backend: Any) -> bytes:
        return b"[" + b",".join(part.mails) + b"]"

    @abstractmethod
    def replies(self, status: int, said: Any, calls: Sequence[Call]) -> Sequence[Reply] | None:
        """One for each of these mails, in their order; None for an answer that does not tell them apart.
        `said`: the answer's JSON, None if it is none."""


mail_batches: Registry[Batch] = Registry("mail_batches")


class BatchConnection:
    def __init__(self, batch: Batch, backend: Any) -> None:
        self.batch, self.backend = batch, backend
        self.most_bytes = batch.most_bytes
        self.door = batch.door(backend)
        self.session = Session(1)

    def send(self, calls: Sequence[Call], at: datetime) -> Outcomes:
        outcomes = dict.fromkeys((call.id for call in calls), UNSENT)
        parts = self.parts(calls, outcomes)
        return outcomes | Run(self, parts).all()

    def parts(self, calls: Sequence[Call], outcomes: Outcomes) -> list[Part]:
        """As few calls as the service's limits allow. What cannot be written gets its outcome."""
        parts: list[Part] = []
        packing = Packing(self.batch, self.most_bytes)
        for call in calls:
            try:
                written = compact(self.batch.mail(call, self.backend)).encode("utf-8", "replace")
            except (AnymailError, ValueError) as error:
                outcomes[call.id] = Outcome(Kind.US, detail=shortened(error))
                continue
            part = packing.place(call, len(written))
            if not part.calls:
                parts.append(part)
            part.calls.append(call)
            part.mails.append(written)
        return parts

    def ask(self, part: Part) -> tuple[int, Sequence[Reply] | Outcome]:
        """The status (0: no answer), and an answer for each mail or one for all."""
        try:
            answer = self.session.send(
                "POST",
                self.door.url,
                headers=self.door.headers,
                body=self.batch.body(part, self.backend),
                timeout=self.backend.timeout,
            )
        except Forbidden as error:
            return 0, Outcome(Kind.US, detail=shortened(error))
        except NotSent as error:
            return 0, Outcome(Kind.LINE, detail=shortened(error))
        except MaybeSent as error:
            return 0, Outcome(Kind.UNKNOWN, detail=shortened(error))
        each = self.batch.replies(answer.status, read(answer.body), part.calls)
        return answer.status, of_whole(answer) if each is None else each

    def close(self) -> None:
        self.session.close()


class Packing:
    """Which part takes the next mail."""

    def __init__(self, batch: Batch, most_bytes: int) -> None:
        self.batch, self.most_bytes = batch, most_bytes
        self.open: dict[Hashable, Part] = {}
        self.bytes: dict[Hashable, int] = {}
        self.addresses: dict[Hashable, set[str]] = {}

    def place(self, call: Call, size: int) -> Part:
        """An open part with room for it, or a new one."""
        batch = self.batch
        if batch.most_each and size > batch.most_each:
            return Part([], [])
        shared, address = batch.shared(call), "" if batch.repeats else call.recipient.casefold()
        part = self.open.get(shared)
        if (
            part is None
            or len(part.calls) >= batch.most
            or self.bytes[shared] + size > self.most_bytes
            or (address and address in self.addresses[shared])
        ):
            part = self.open[shared] = Part([], [])
            self.bytes[shared], self.addresses[shared] = 0, set()
        self.bytes[shared] += size
        self.addresses[shared].add(address)
        return part


class Run:
    """The calls of one slice, until all are answered, the time is up or the service has had enough."""

    def __init__(self, line: BatchConnection, parts: Iterable[Part]) -> None:
        self.line = line
        self.waiting = deque(parts)
        self.began = monotonic()
        self.outcomes: Outcomes = {}
        self.of_account: Outcomes = {}
        self.accepted = self.halved = self.enough = False
        self.alone = 0

    def all(self) -> Outcomes:
        while self.waiting and self._goes_on():
            part = self.waiting.popleft()
            status, said = self.line.ask(part)
            if isinstance(said, Outcome):
                self._whole(part, status, said)
            else:
                self._each(part, said)
        # What is refused for the sake of the account after others went is asked again by the next slice: there, with
        # nobody going, it is the account that rests and not these mails that are at fault.
        held = dict.fromkeys(self.of_account, UNSENT) if self.accepted else self.of_account
        return self.outcomes | held

    def _goes_on(self) -> bool:
        if self.enough or (self.alone >= ENOUGH and not self.accepted):
            return False
        lasted = monotonic() - self.began
        doubtful = self.halved and not self.accepted and lasted < PATIENCE
        return lasted < BUDGET or doubtful or not (self.outcomes or self.of_account)

    def _whole(self, part: Part, status: int, outcome: Outcome) -> None:
        if status in PERHAPS_ONE and len(part.calls) > 1:
            self.halved = True
            self.waiting.extendleft(reversed(part.halves()))
            if status == TOO_LARGE:
                self.line.most_bytes = min(self.line.most_bytes, part.size // 2)
        elif status in PERHAPS_ONE:
            self.outcomes[part.calls[0].id] = outcome
            self.alone += 1
        else:
            answered = self.of_account if outcome.kind is Kind.US else self.outcomes
            answered |= {call.id: outcome for call in part.calls}
            self.enough = True

    def _each(self, part: Part, said: Sequence[Reply]) -> None:
        for number, call in enumerate(part.calls):
            if number >= len(said):
                self.outcomes[call.id] = MISSING
                continue
            reply = said[number]
            outcome = Outcome(reply.kind, reply.provider_id[:120], shortened(reply.detail))
            (self.of_account if reply.account else self.outcomes)[call.id] = outcome
            self.accepted = self.accepted or reply.kind is Kind.ACCEPTED
        self.enough = self.enough or bool(self.of_account)


def read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def of_whole(answer: Answer) -> Outcome:
    words = answer.body.decode("utf-8", "replace")
    return replies.of_http(answer.status, answer.headers.get("retry-after", ""), f"{answer.status} {words}")


def basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()
