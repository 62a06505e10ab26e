"""Calls at the doors of providers that nobody signed: turned away, and counted, so that somebody hears of many."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Sum

from channels.models import Account, ForgedReport
from customers.models import Shop

KEPT = timedelta(days=90)
LATELY = timedelta(days=7)
# A mistyped secret is seen at once by these; a scanner that passes by is not worth an alarm.
MANY = 20

COUNT = """
    INSERT INTO channels_forgedreport AS old (provider, account_id, day, count) VALUES (%s, %s, %s, 1)
    ON CONFLICT (provider, account_id, day) DO UPDATE SET count = old.count + 1
"""


def count(provider: str, at: datetime, account_id: int | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [provider, account_id, Shop.day(at)])


def lately(accounts: Iterable[Account], at: datetime) -> dict[int, int]:
    """How many in seven days, by account. A service's door is that of all accounts with it."""
    since = Shop.day(at - LATELY)
    rows = ForgedReport.objects.filter(day__gt=since).values_list("provider", "account_id").order_by()
    found: dict[tuple[str, int | None], int] = {
        (provider, account_id): calls for provider, account_id, calls in rows.annotate(calls=Sum("count"))
    }
    return {account.pk: number for account in accounts if (number := _of(account, found))}


def _of(account: Account, found: dict[tuple[str, int | None], int]) -> int:
    if account.backend == "anymail":
        return found.get((str(account.settings.get("esp", "")), None), 0)
    # What was piped to us as mail names no account.
    piped = found.get((account.backend, None), 0) if account.settings.get("bounce_address") else 0
    return found.get((account.backend, account.pk), 0) + piped


def forget(at: datetime) -> None:
    ForgedReport.objects.filter(day__lt=Shop.day(at - KEPT)).delete()
