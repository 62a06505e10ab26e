"""Clients and rivals of benchmarks/loyalty.py: the same effects the usual ways, or as bare SQL."""

import itertools
import json
import multiprocessing
import os
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from django.db import connection, connections

from loyalty import ledger_statements
from loyalty.coupons.codes import SYMBOLS, check_symbol
from loyalty.coupons.drawing import BASE
from loyalty.models import CouponCode, Program

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = date(2026, 11, 23)
fork = multiprocessing.get_context("fork")


def per_second(clients: int, seconds: float, make: Callable[[int], Callable[[], Any]]) -> float:
    """Calls a second of so many processes together; `make(client)` gives each her own function."""
    connections.close_all()
    start, counts = time.time() + 0.5, fork.Queue()
    workers = [
        fork.Process(target=_call, args=(make, each, start, seconds, counts)) for each in range(clients)
    ]
    for worker in workers:
        worker.start()
    total = sum(counts.get(timeout=seconds + 60) for _worker in workers)
    for worker in workers:
        worker.join()
    return total / seconds


def _call(
    make: Callable[[int], Callable[[], Any]], client: int, start: float, seconds: float, counts: Any
) -> None:
    call, count = make(client), 0
    time.sleep(max(0, start - time.time()))
    end = start + seconds
    while time.time() < end:
        call()
        count += 1
    counts.put(count)
    connections.close_all()


def bare() -> psycopg.Connection[Any]:
    params = connection.get_connection_params()
    params.pop("context", None)
    params.pop("cursor_factory", None)
    return psycopg.connect(**params, autocommit=True)


def references() -> Iterator[str]:
    token = secrets.token_hex(6)
    return (f"{token}-{number}" for number in itertools.count())


# --- Codes ---


def random_codes(count: int) -> list[str]:
    made: set[str] = set()
    while len(made) < count:
        numbers = memoryview(os.urandom(8 * (count - len(made)))).cast("Q")
        for number in numbers:
            body = "".join(SYMBOLS[number // BASE**place % BASE] for place in range(10))
            made.add(body + check_symbol(body))
    return list(made)


def bulk_create(coupon_id: int, batch_id: int, count: int) -> float:
    began = time.perf_counter()
    rows = (CouponCode(text=text, coupon_id=coupon_id, batch_id=batch_id) for text in random_codes(count))
    while part := list(itertools.islice(rows, 10_000)):
        CouponCode.objects.bulk_create(part)
    return time.perf_counter() - began


def copy_prepared(coupon_id: int, batch_id: int, count: int) -> float:
    """Only the COPY is timed, of lines that lie ready."""
    lines = "".join(f"{text}\t{coupon_id}\t{batch_id}\n" for text in random_codes(count)).encode()
    with bare() as session:
        began = time.perf_counter()
        with session.cursor().copy("COPY loyalty_couponcode (text, coupon_id, batch_id) FROM STDIN") as copy:
            copy.write(lines)
        return time.perf_counter() - began


# --- Redemption, earning, spending ---


def bare_update(coupon_id: int) -> Callable[[], Any]:
    session = bare()
    return lambda: session.execute(
        "UPDATE loyalty_coupon SET used = used + 1 WHERE id = %s AND used < total_limit", [coupon_id]
    )


def lock_then_write(program: Program, account: Callable[[], int]) -> Callable[[], Any]:
    """Hold the account, write entry, lot and balance, mark the work row: five statements."""
    session, keys = bare(), references()

    def earn() -> None:
        pk, key = account(), next(keys)
        with session.transaction():
            row = session.execute(
                "SELECT customer_id FROM loyalty_account WHERE id = %s FOR NO KEY UPDATE", [pk]
            ).fetchone()
            entry = session.execute(
                "INSERT INTO loyalty_entry (program_id, account_id, kind, points, source, reference, counts_for_tier,"
                " at) VALUES (%s, %s, 'earn', 5, 'bench', %s, true, %s) ON CONFLICT DO NOTHING RETURNING id",
                [program.pk, pk, key, NOW],
            ).fetchone()
            session.execute(
                "INSERT INTO loyalty_lot (entry_id, account_id, granted, remaining, available_from)"
                " VALUES (%s, %s, 5, 5, %s)",
                [entry[0], pk, NOW],
            )
            session.execute(
                "UPDATE loyalty_account SET balance = balance + 5, lifetime = lifetime + 5 WHERE id = %s",
                [pk],
            )
            session.execute(
                "INSERT INTO customers_dirty (customer_id, at, origin) VALUES (%s, %s, 'live')", [row[0], NOW]
            )

    return earn


def bare_spend(program: Program, customer: Callable[[], int]) -> Callable[[], Any]:
    """The ledger's own two statements, without the ledger."""
    session, keys = bare(), references()

    def spend() -> None:
        pk, key = customer(), next(keys)
        row = {"customer_id": pk, "points": 1, "source": "bench", "reference": key, "kind": "spend"}
        params = {
            "program": program.pk,
            "customers": [pk],
            "at": NOW,
            "rows": json.dumps([row]),
            "origin": "live",
        }
        with session.transaction():
            session.execute(ledger_statements.HOLD_ACCOUNTS, params)
            session.execute(ledger_statements.DEBIT, params)

    return spend


# --- A large ledger ---

ONE_SUM = """
    SELECT count(*) FROM loyalty_account a
    JOIN (SELECT account_id, sum(points) AS points FROM loyalty_entry GROUP BY account_id) e ON e.account_id = a.id
    WHERE a.balance <> e.points
"""
BARE_EXPIRY = """
    WITH ended AS MATERIALIZED (
        SELECT entry_id, account_id, remaining FROM loyalty_lot WHERE remaining > 0 AND expires_at <= %(at)s
    ), booked AS (
        INSERT INTO loyalty_entry (program_id, account_id, kind, points, source, reference, at)
        SELECT %(program)s, account_id, 'expire', -remaining, 'bare', entry_id, %(at)s FROM ended
        RETURNING id, reference, points
    ), taken AS (
        INSERT INTO loyalty_allocation (debit_id, lot_id, points)
        SELECT id, reference::bigint, -points FROM booked
    ), emptied AS (
        UPDATE loyalty_lot l SET remaining = 0 FROM ended WHERE l.entry_id = ended.entry_id
    )
    UPDATE loyalty_account a SET balance = balance - s.points
    FROM (SELECT account_id, sum(remaining) AS points FROM ended GROUP BY account_id) s WHERE a.id = s.account_id
"""

PEOPLE = (
    "INSERT INTO customers_customer (email) SELECT 'p' || n || '@example.org' FROM generate_series(1, %s) n"
)
ACCOUNTS = "INSERT INTO loyalty_account (program_id, customer_id) SELECT %s, id FROM customers_customer"
GRANTS = """
    WITH made AS (
        INSERT INTO loyalty_entry (program_id, account_id, kind, points, source, reference, counts_for_tier, at)
        SELECT program_id, id, 'earn', 100, 'load', id || '/' || n, true, %(at)s
        FROM loyalty_account CROSS JOIN generate_series(1, %(each)s) n RETURNING id, account_id, reference
    ), lots AS (
        INSERT INTO loyalty_lot (entry_id, account_id, granted, remaining, available_from, expires_at)
        SELECT id, account_id, 100, 100, %(at)s, %(at)s + interval '1 year' FROM made
    )
    UPDATE loyalty_account SET balance = 100 * %(each)s, lifetime = 100 * %(each)s
"""


def load(program: Program, people: int, each: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [people])
        cursor.execute(ACCOUNTS, [program.pk])
        cursor.execute(GRANTS, {"at": NOW, "each": each})
        cursor.execute("ANALYZE")


def one_sum() -> float:
    """Seconds of the plainest look over all entries: each account's sum beside its balance."""
    with bare() as session:
        began = time.perf_counter()
        session.execute(ONE_SUM).fetchone()
        return time.perf_counter() - began


def bare_expiry(program: Program) -> float:
    """Seconds of one statement that ends the lots; it is rolled back."""
    session = bare()
    session.autocommit = False
    began = time.perf_counter()
    session.execute(BARE_EXPIRY, {"program": program.pk, "at": NOW})
    seconds = time.perf_counter() - began
    session.rollback()
    session.close()
    return seconds
