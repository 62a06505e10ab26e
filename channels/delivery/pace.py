"""How fast an account may be used: a token bucket that all workers share, and a rest after a broken line."""

import random
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

LONGEST_REST = timedelta(minutes=10)
LONGEST_BACK_OFF = timedelta(hours=1)

# The bucket holds one second's worth. The answer is what was taken: all that is wanted, or all there is.
TAKE = """
    WITH was AS MATERIALIZED (
        SELECT account_id, least(%(rate)s, tokens + %(rate)s
               * greatest(0, extract(epoch FROM clock_timestamp() - filled_at))::float) AS tokens
        FROM channels_pace WHERE account_id = %(account)s FOR UPDATE)
    UPDATE channels_pace p
    SET tokens = was.tokens - least(%(wanted)s, floor(was.tokens)), filled_at = clock_timestamp()
    FROM was WHERE p.account_id = was.account_id
    RETURNING least(%(wanted)s, floor(was.tokens))
"""


def take(account_id: int, per_second: int, wanted: int) -> int:
    """Take up to `wanted` messages' worth of tokens; 0 means wait a moment."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"account": account_id, "rate": float(per_second), "wanted": wanted})
        row = cursor.fetchone()
        if row is not None:
            return int(row[0])
        cursor.execute(
            "INSERT INTO channels_pace (account_id, tokens) VALUES (%s, 0) ON CONFLICT DO NOTHING",
            [account_id],
        )
    return 0


def rest(account_id: int, at: datetime, asked: float | None = None) -> int:
    """The line is broken: nobody uses the account for a while that grows with each failure in a row.

    Returns how many there were.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO channels_pace AS p (account_id, failures) VALUES (%s, 1)
            ON CONFLICT (account_id) DO UPDATE SET failures = p.failures + 1
            RETURNING failures
            """,
            [account_id],
        )
        failures: int = cursor.fetchone()[0]
        until = at + (timedelta(seconds=asked) if asked else min(LONGEST_REST, back_off(failures - 1)))
        cursor.execute(
            "UPDATE channels_pace SET resting_until = %s WHERE account_id = %s", [until, account_id]
        )
    return failures


def recovered(account_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE channels_pace SET failures = 0, resting_until = NULL WHERE account_id = %s AND failures > 0",
            [account_id],
        )


def slow(account_id: int, is_slow: bool) -> None:
    """Its provider answers late, or in time again. While it is slow one worker at a time is enough to wait for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO channels_pace AS p (account_id, slow_since)
            VALUES (%(account)s, CASE WHEN %(slow)s THEN clock_timestamp() END)
            ON CONFLICT (account_id) DO UPDATE SET slow_since = excluded.slow_since
            """,
            {"account": account_id, "slow": is_slow},
        )


def is_slow(account_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT slow_since IS NOT NULL FROM channels_pace WHERE account_id = %s", [account_id])
        row = cursor.fetchone()
    return bool(row and row[0])


def crowded(account_id: int, batch_id: int) -> bool:
    """Another worker waits for this slow provider already, with an earlier batch."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM channels_batch WHERE account_id = %s AND id < %s AND done_at IS NULL"
            " AND lease_until > clock_timestamp())",
            [account_id, batch_id],
        )
        found: bool = cursor.fetchone()[0]
    return found


def back_off(tries: int) -> timedelta:
    """Doubles with each try, up to an hour, with a third of jitter so that retries spread out."""
    seconds = min(settings.DELIVERY_BACK_OFF * 2 ** min(tries, 16), LONGEST_BACK_OFF.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.67, 1.33))  # noqa: S311
