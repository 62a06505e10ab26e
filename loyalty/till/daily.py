"""How often the key of a till may redeem, take back and sign customers up in a day. Servers, which belong to no till,
have no such limit.

One guarded update counts. Whoever calls it has no transaction open, so that calls of one key do not wait for each
other.
"""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection

from config import clocks
from customers import audit
from customers.models import ApiKey, Store
from loyalty.models import TillKeyDay

KEPT = timedelta(days=2)
COUNT = """
    INSERT INTO loyalty_tillkeyday AS d (api_key_id, day, calls) VALUES (%(key)s, %(day)s, 1)
    ON CONFLICT (api_key_id, day) DO UPDATE SET calls = d.calls + 1 WHERE d.calls < %(most)s
    RETURNING d.calls
"""


class DayFull(Exception):
    """The key has done `most` calls today; `minutes` until the next day of its store."""

    def __init__(self, most: int, minutes: int) -> None:
        super().__init__(most)
        self.most, self.minutes = most, minutes


def count(key: ApiKey, at: datetime) -> None:
    """One call more. Raises DayFull; the call that fills the day is audited."""
    if key.kind != ApiKey.Kind.TILL or key.store is None:
        return
    day, most = _today(key.store, at), settings.TILL_KEY_CALLS_A_DAY
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"key": key.pk, "day": day, "most": most})
        row = cursor.fetchone()
    if row is None:
        tomorrow = clocks.midnight(day + timedelta(days=1), key.store.time_zone)
        raise DayFull(most, int((tomorrow - at).total_seconds()) // 60 + 1)
    if row[0] == most:
        audit.record(None, "till.day_full", key.store, at, count=most, key=key.pk)


def forget(at: datetime) -> int:
    return TillKeyDay.objects.filter(day__lt=(at - KEPT).date()).delete()[0]


def _today(store: Store, at: datetime) -> date:
    return clocks.local_day(at, store.time_zone)
