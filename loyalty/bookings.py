"""What the ledger is asked and answers: plain values, shared by all who book points."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

Key = tuple[str, str, str]  # kind, source, reference
SOON = timedelta(days=30)
BOOKED, KNOWN, NOT_ENOUGH = "booked", "known", "not_enough"


class OtherBooking(Exception):
    """The key was used for another customer or another number of points."""


class NobodyThere(Exception):
    """There is no customer with this id."""


@dataclass(frozen=True)
class Booking:
    """A wish to book. `points` are above 0; whether they are given or taken is said by the function called.

    Grants: `available_from` None keeps the points waiting until somebody frees them, `expires_at` None keeps them for
    ever. Debits: `hold` is the reference of a hold of the same source that is spent by it, `lot_id` is used up first,
    `whole` reaches points that cannot be spent yet. `tier_factor`: what her tier multiplied an order's points by.
    """

    customer_id: int
    points: int
    source: str
    reference: str
    kind: str = ""
    order_id: int | None = None
    store_id: int | None = None
    rule_id: int | None = None
    terms_id: int | None = None
    basis: int | None = None
    tier_factor: str | None = None
    actor_id: int | None = None
    reason: str = ""
    counts_for_tier: bool = False
    reverses_id: int | None = None
    available_from: datetime | None = None
    expires_at: datetime | None = None
    hold: str | None = None
    whole: bool = False
    lot_id: int | None = None

    @property
    def key(self) -> Key:
        return self.kind, self.source, self.reference


class Booked(NamedTuple):
    """What came of a booking: BOOKED now, KNOWN from an earlier call, or NOT_ENOUGH points. `points` are signed."""

    entry_id: int | None
    points: int
    fate: str

    @property
    def done(self) -> bool:
        return self.fate != NOT_ENOUGH


class Held(NamedTuple):
    hold_id: int | None
    points: int
    fate: str


class Standing(NamedTuple):
    """What an account comes to at a moment: `free` can be spent now, `waiting` later, `owed` is paid by later grants.
    `next_end` is when the first of the free points end, and `ending` how many end within SOON."""

    free: int = 0
    waiting: int = 0
    owed: int = 0
    next_end: datetime | None = None
    ending: int = 0


class Part(NamedTuple):
    """What a debit took from one lot, and that lot's dates."""

    debit_id: int
    lot_id: int
    points: int
    available_from: datetime | None
    expires_at: datetime | None
