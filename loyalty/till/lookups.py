"""Finding a customer or a coupon by whatever somebody has at hand, and making guesses slow.

Each look-up is a row. Who has looked for too much that nobody knows, or for too much at all, has to wait; look-ups of
one person or key take turns, so that many at once do not get past the limit.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower

from config.pages import paging
from customers import alike, audit, finding
from customers.models import ApiKey, Customer, Identity, Store, User
from loyalty.coupons import reading
from loyalty.coupons.codes import normalise
from loyalty.models import CouponCode, TillLookup
from loyalty.till import reach

MOST_UNKNOWN = 10
WITHIN = timedelta(minutes=5)
MOST_A_DAY = 3_000
MOST_A_DAY_BY_KEY = 10_000  # a key may serve all tills of a store, and asks a few times for each sale
DAY = timedelta(days=1)
KEPT = timedelta(days=2)
SHOWN = 8
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('till look-ups ' || %s, 0))"


class TooMany(Exception):
    """Too much that nobody knows, or too much in a day (`daily`); `minutes` until the next one may be tried."""

    def __init__(self, minutes: int, daily: bool = False) -> None:
        super().__init__(minutes)
        self.minutes, self.daily = minutes, daily


@dataclass(frozen=True)
class Who:
    """Who looks something up in which store: a person at our page, or a checkout system by its key."""

    store: Store
    user: User | None = None
    api_key: ApiKey | None = None

    @property
    def rows(self) -> QuerySet[TillLookup]:
        return TillLookup.objects.filter(user=self.user, api_key=self.api_key)

    @property
    def most_a_day(self) -> int:
        return MOST_A_DAY_BY_KEY if self.api_key else MOST_A_DAY

    @property
    def mark(self) -> str:
        return f"user {self.user.pk}" if self.user else f"key {self.api_key.pk if self.api_key else 0}"


@dataclass(frozen=True)
class Found:
    """A coupon's code, or the first of the customers that fit; both are empty where nothing does. `alike`: those who
    may be meant then."""

    code: CouponCode | None = None
    customers: list[Customer] = field(default_factory=list)
    alike: list[Customer] = field(default_factory=list)
    more: bool = False

    def __bool__(self) -> bool:
        return self.code is not None or bool(self.customers or self.alike)


@transaction.atomic
def find(text: str, people: QuerySet[Customer], who: Who, at: datetime) -> Found:
    """The coupon whose code this is, else those of `people` that it may mean. Raises TooMany."""
    check(who, at)
    code = reading.code(normalise(text))
    found = Found(code) if code else _customers(text, people)
    _note(who, bool(found) or not _is_guess(text) or _lives(_named(text.strip())), at)
    return found


def _customers(text: str, people: QuerySet[Customer]) -> Found:
    if found := finding.first(people, text, SHOWN + 1):
        return Found(customers=found[:SHOWN], more=len(found) > SHOWN)
    return Found(alike=alike.find(people, text, SHOWN))


@transaction.atomic
def find_exactly(text: str, people: QuerySet[Customer], who: Who, at: datetime) -> Found:
    """As `find`, but only by a whole code, number, e-mail address or phone number, and never a choice of people: what a
    stolen key must not do is walk through them."""
    check(who, at)
    code = reading.code(normalise(text))
    named = set() if code else _named(text.strip())
    found = Found(code) if code else Found(customers=list(people.filter(pk__in=named)[:2]))
    known = found if code or len(found.customers) == 1 else Found()
    _note(who, bool(known) or _lives(named), at)
    return known


@transaction.atomic
def sees(customer_id: int | None, who: Who, at: datetime) -> bool:
    """Whether a call names somebody whom this till could find (None: nobody). Who is at home in another store is hidden
    from it, but no guess: her card lay at the till. Raises TooMany."""
    check(who, at)
    _note(who, customer_id is not None, at)
    return customer_id is not None and reach.sees(who.store, customer_id)


@transaction.atomic
def count(who: Who, found: bool, at: datetime) -> None:
    """Count what a call named, which another part has looked up. Raises TooMany."""
    check(who, at)
    _note(who, found, at)


@transaction.atomic
def code_of(text: str, who: Who, at: datetime) -> CouponCode | None:
    """The coupon's code, as it was typed or scanned. Raises TooMany."""
    check(who, at)
    code = reading.code(normalise(text))
    _note(who, code is not None, at)
    return code


def check(who: Who, at: datetime) -> None:
    """Raise TooMany where she has to wait. Others of hers wait until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [who.mark])
    unknown = list(
        who.rows.filter(found=False, at__gt=at - WITHIN)
        .order_by("-at")
        .values_list("at", flat=True)[:MOST_UNKNOWN]
    )
    if len(unknown) == MOST_UNKNOWN:
        raise TooMany(_minutes(unknown[-1] + WITHIN - at))
    today = who.rows.filter(at__gt=at - DAY)
    if today.count() >= who.most_a_day:
        oldest = today.order_by("at").values_list("at", flat=True)[0]
        raise TooMany(_minutes(oldest + DAY - at), daily=True)


def note_unknown(who: Who, at: datetime) -> None:
    """Count something that was tried and led nowhere; the one that reaches the limit is audited."""
    _note(who, False, at)


def note_known(who: Who, at: datetime) -> None:
    """Count something that was found, or made, without having been looked up."""
    _note(who, True, at)


def forget(at: datetime) -> int:
    return TillLookup.objects.filter(at__lt=at - KEPT).delete()[0]


def _note(who: Who, found: bool, at: datetime) -> None:
    TillLookup.objects.create(user=who.user, api_key=who.api_key, found=found, at=at)
    if not found and who.rows.filter(found=False, at__gt=at - WITHIN).count() == MOST_UNKNOWN:
        key = {"key": who.api_key.pk} if who.api_key else {}
        audit.record(who.user, "till.guessed", who.store, at, count=MOST_UNKNOWN, **key)


def _minutes(rest: timedelta) -> int:
    return max(1, -int(-rest.total_seconds() // 60))


def _named(text: str) -> set[int]:
    """Whose number, e-mail address or phone number it is, of all stores. A question for each index: in one, joined by
    OR, the database would read everybody."""
    sources = paging.distinct(Identity, "source")
    numbered = Identity.objects.filter(source__in=sources, number=text).values_list("customer", flat=True)
    addressed = Customer.objects.annotate(address=Lower("email")).filter(address=text.lower(), email__gt="")
    called = Customer.objects.filter(phone=_phone(text), phone__gt="")
    return {*numbered, *addressed.values_list("pk", flat=True), *called.values_list("pk", flat=True)}


def _lives(customer_ids: set[int]) -> bool:
    """Whether one of them is a customer. Somebody of another store is hidden from a till; that her card was scanned
    there is no guess."""
    return Customer.objects.living().filter(pk__in=customer_ids).exists()


def _is_guess(text: str) -> bool:
    """A name that nobody has is no guess; a number or an address may be."""
    return "@" in text or any(symbol.isdigit() for symbol in text)


def _phone(text: str) -> str:
    digits = "".join(symbol for symbol in text if symbol.isdigit())
    return f"+{digits}" if text.startswith("+") else ""
