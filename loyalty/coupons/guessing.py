"""Who guesses codes is held back, and staff see it.

An attempt is taken off an allowance first and given back when the code was good: so a hundred at the same moment are
not more than a hundred one by one. A till and a visitor have an allowance each, a public key one for each address that
it is called from; the shop's own server has none, but may say for which of its visitors it asks.
"""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import caches
from django.db import connection
from django.db.models import Sum

from customers.models import ApiKey
from loyalty.coupons import refusals as coupon_refusals
from loyalty.gift_cards import refusals as card_refusals
from loyalty.models import CodeTries

log = logging.getLogger(__name__)
MINUTE = 60
TRIES_A_MINUTE = 10
COUNT = """
    INSERT INTO loyalty_codetries (hour, door, api_key_id, refused, throttled)
    VALUES (date_trunc('hour', %s::timestamptz), %s, %s, %s, %s)
    ON CONFLICT (hour, door, api_key_id) DO UPDATE SET
        refused = loyalty_codetries.refused + excluded.refused,
        throttled = loyalty_codetries.throttled + excluded.throttled
"""
UNKNOWN = {coupon_refusals.UNKNOWN, card_refusals.UNKNOWN}


class TooMany(Exception):
    """This caller has tried too often in this minute."""


@dataclass(frozen=True)
class Caller:
    """Who asks at which `door`: with a key or none, from an address, for a visitor of the shop or ""."""

    door: str
    key: ApiKey | None
    address: str
    visitor: str = ""

    @property
    def public(self) -> bool:
        return self.key is None or self.key.kind == ApiKey.Kind.BROWSER

    def allowances(self) -> list[str]:
        found = [f"visitor {self.visitor}"] if self.visitor else []
        number = self.key.pk if self.key else 0
        if self.public:
            return [*found, f"address {number} {self.address}"]
        return [*found, f"till {number}"] if self.key and self.key.kind == ApiKey.Kind.TILL else found


@contextmanager
def attempt(caller: Caller, at: datetime) -> Iterator[None]:
    """Around the work with a code. Raises TooMany before it is looked up. Of known keys only a code that does not exist
    counts; of everybody else each refusal."""
    names = spend(caller, at)
    try:
        yield
    except (coupon_refusals.Refused, card_refusals.Refused) as refused:
        if caller.public or refused.code in UNKNOWN:
            count(caller, at, refused=1)
        else:
            _give_back(names)
        raise
    _give_back(names)


def spend(caller: Caller, at: datetime) -> list[str]:
    """Take one off each allowance of the caller; their names. Raises TooMany.

    When the counter is away tills and shops go on, since a sale is worth more; strangers could guess without end, and
    wait."""
    names = [_name(caller, each, at) for each in caller.allowances()]
    taken = [_taken(name) for name in names]
    if max((number for number in taken if number), default=0) > TRIES_A_MINUTE:
        count(caller, at, throttled=1)
        raise TooMany
    if caller.public and None in taken:
        raise TooMany
    return names


def count(caller: Caller, at: datetime, refused: int = 0, throttled: int = 0) -> None:
    """One statement, whatever was refused. To be called with no transaction open, which a refusal would roll back."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [at, caller.door, caller.key.pk if caller.key else None, refused, throttled])


def tries(at: datetime, span: timedelta = timedelta(days=1)) -> tuple[int, int]:
    """How many attempts were refused, and how many held back, within `span` before `at`."""
    rows = CodeTries.objects.filter(hour__gt=at - span, hour__lte=at)
    sums = rows.aggregate(refused=Sum("refused"), throttled=Sum("throttled"))
    return sums["refused"] or 0, sums["throttled"] or 0


def _name(caller: Caller, allowance: str, at: datetime) -> str:
    mark = hashlib.sha256(allowance.encode(errors="replace")).hexdigest()[:32]
    return f"codes:{mark}:{int(at.timestamp()) // MINUTE}"


def _taken(name: str) -> int | None:
    """How many were taken with this one; None when the counter is away."""
    try:
        cache = caches["limits"]
        cache.add(name, 0, 2 * MINUTE)
        return int(cache.incr(name))
    except Exception as error:
        log.warning("The counter of codes is away: %s", type(error).__name__)
        return None


def _give_back(names: list[str]) -> None:
    for name in names:
        try:
            caches["limits"].decr(name)
        except Exception as error:
            log.warning("The counter of codes is away: %s", type(error).__name__)
