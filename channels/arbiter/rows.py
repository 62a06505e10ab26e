"""What is judged, and the judgement."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from channels.arbiter import numbers

HOLDOUT = "holdout"


class Whereabouts(NamedTuple):
    """What decides about somebody's clock and calendar; `days` are the message's own, None: as the policy says;
    `digits`, the first ones of the number that is written to, if it is one."""

    time_zone: str
    country: str
    channel: str
    days: tuple[int, ...] | None
    digits: str = ""


class Row(NamedTuple):
    """One person's place in one message, with the facts that every gate needs.

    `id` is the delivery's, or the customer's in a dry run; `address_key` is empty without an address;
    `written` says whether the version has a content in this channel and language, of this variant or of A;
    `allowed_days` are the message's own, None: as the policy says; `stretch` and `hour` are those of her Habit.
    """

    id: int
    customer_id: int
    message_id: int
    occurrence: int
    version_id: int | None
    channel: str
    language: str
    variant: str
    arm: str
    context: dict[str, Any]
    tries: int
    expires_at: datetime | None
    purpose: str
    topic_id: int | None
    cancelled: bool
    paused: bool
    written: bool
    erased: bool
    merged: bool
    country: str
    time_zone: str
    priority: int
    cap_class: str
    any_time: bool
    allowed_days: tuple[int, ...] | None
    stretch: int
    hour: int | None
    address: str
    address_key: str

    @property
    def whereabouts(self) -> Whereabouts:
        digits = numbers.first_digits(self.channel, self.address)
        return Whereabouts(self.time_zone, self.country, self.channel, self.allowed_days, digits)


class Act(StrEnum):
    SEND = "send"
    WAIT = "wait"
    WITHHOLD = "withhold"
    EXPIRE = "expire"
    CANCEL = "cancel"


class Verdict(NamedTuple):
    """`reason` is a short key; `until` says when a waiting row is asked again, None: as
    soon as the cause is gone."""

    act: Act
    reason: str = ""
    until: datetime | None = None


Verdicts = dict[int, Verdict]

SEND = Verdict(Act.SEND)


def withhold(reason: str) -> Verdict:
    return Verdict(Act.WITHHOLD, reason)


def wait(reason: str, until: datetime | None = None) -> Verdict:
    return Verdict(Act.WAIT, reason, until)
