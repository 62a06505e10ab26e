"""One customer's history, newest first: everything that the apps know of her, in one row and page by page.

Each app adds its kinds, one file each, in the folder `customer_panels`, beside its panels. A page asks every kind for
its newest entries behind the place where the page before ended (never by OFFSET) and takes the newest of them all: a
fixed number of statements, however long the history is.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.db.models import Model, Q, QuerySet

from config.pages.parts import Text, Tone
from config.registry import Registry
from customers.models import Customer, Shop, User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

SIZE = 30
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
PLACE = re.compile(
    r"(?P<micros>-?\d{1,20})-(?P<kind>.*)-(?P<id>\d{1,20})", re.ASCII
)  # before 1970 is below zero
M = TypeVar("M", bound=Model)


class Behind(NamedTuple):
    """Where to go on within one kind: at rows of which (time, id) is smaller."""

    at: datetime
    id: int


MOST_ID = 2**63 - 1
EVERYTHING = Behind(datetime.max.replace(tzinfo=UTC), MOST_ID)


@dataclass(frozen=True)
class About:
    """Whose timeline it is, and who reads it."""

    customer: Customer
    reader: User
    shop: Shop

    @property
    def currency(self) -> str:
        return self.shop.currency or "EUR"


@dataclass(frozen=True)
class Entry:
    """One thing that happened, as a plain sentence; (`at`, `id`) is its place among those of its kind.

    `url` leads to its object, empty: nowhere. `badge` is a state in a word, `more` what the template of the kind draws.
    """

    at: datetime
    id: int
    icon: str
    sentence: Text
    detail: Text = ""
    url: str = ""
    badge: Text = ""
    tone: Tone = "calm"
    more: Any = field(default=None, compare=False)


class Lines(NamedTuple):
    """What stood in an order or cart, for `timeline/lines.html`: (pieces, article, amount) each, and words under
    them."""

    rows: Sequence[tuple[int, str, str]]
    note: Text = ""

    def __bool__(self) -> bool:
        return bool(self.rows)


class Kind:
    """A kind of entries. `template` draws what stands under the sentence, where there is anything.

    `permission` None: whoever may see the customer.
    """

    key: str
    order: int
    label: "StrPromise"
    icon: str
    template: str = ""
    permission: str | None = None

    def entries(self, about: About, behind: Behind, limit: int) -> list[Entry]:
        """At most `limit` entries behind that place, newest first, in a fixed number of statements (see `newest`)."""
        raise NotImplementedError


kinds: Registry[Kind] = Registry("customer_panels")


def newest(rows: QuerySet[M], time: str, behind: Behind, limit: int) -> QuerySet[M]:
    """The newest of `rows` behind that place. An index on (customer, `time`) answers it."""
    smaller = Q(**{f"{time}__lt": behind.at}) | Q(pk__lt=behind.id)
    return rows.filter(smaller, **{f"{time}__lte": behind.at}).order_by(f"-{time}", "-pk")[:limit]


class Place(NamedTuple):
    """A place in the whole timeline: behind the entry of this time, kind and id."""

    at: datetime
    kind: str
    id: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // MICROSECOND}-{self.kind}-{self.id}"

    def within(self, kind: str) -> Behind:
        """The same place as a kind sees it: at the same moment the kinds stand in the order of their keys."""
        if kind == self.kind:
            return Behind(self.at, self.id)
        return Behind(self.at, MOST_ID if kind < self.kind else 0)


def place(text: str) -> Place | None:
    """What `str(place)` wrote; None where it is nonsense."""
    found = PLACE.fullmatch(text)
    try:
        return found and Place(
            EPOCH + int(found["micros"]) * MICROSECOND, found["kind"], min(int(found["id"]), MOST_ID)
        )
    except OverflowError:
        return None


@dataclass(frozen=True)
class Page:
    """Entries with their kinds, and where the next page begins; None at the end."""

    lines: Sequence[tuple[Kind, Entry]]
    older: Place | None


def allowed(reader: User) -> list[Kind]:
    """The kinds that this reader may see, in their order."""
    seen = (kind for kind in kinds if kind.permission is None or reader.has_perm(kind.permission))
    return sorted(seen, key=lambda kind: kind.order)


def page(about: About, chosen: Collection[Kind], behind: Place | None, size: int = SIZE) -> Page:
    """The next entries of these kinds."""
    found = []
    for kind in chosen:
        start = behind.within(kind.key) if behind else EVERYTHING
        found += [
            (entry.at, kind.key, entry.id, kind, entry) for entry in kind.entries(about, start, size + 1)
        ]
    found.sort(key=lambda line: line[:3], reverse=True)
    older = Place(*found[size - 1][:3]) if len(found) > size else None
    return Page([(kind, entry) for *_place, kind, entry in found[:size]], older)
