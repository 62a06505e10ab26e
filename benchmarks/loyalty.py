"""What points and coupons cost, each beside the same effect as bare SQL or the usual way, in the same run.

Codes: a batch made by the database, beside bulk_create with Python's random codes, and beside COPY of lines that lie
ready. Redemption: eight clients on one coupon through the service, and by HTTP of two web processes, beside as many
that only raise its counter. Earning: eight clients through the ledger, beside five statements that hold the account
first; on many accounts and on one. Spending: through the ledger, beside its own statements sent bare. Then the books
over all grants, beside one sum of all entries by account; and the end of lots, beside one statement of that effect.
"""

import argparse
import itertools
import json
import os
import random
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks._loyalty_settings"

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from benchmarks import _calls, _database, _loyalty  # noqa: E402
from benchmarks._loyalty import NOW, TODAY, per_second, references  # noqa: E402
from benchmarks._web import Web  # noqa: E402
from customers.models import ApiKey, Shop, User  # noqa: E402
from customers.tracking import keys  # noqa: E402
from loyalty import books, ledger  # noqa: E402
from loyalty.bookings import Booking  # noqa: E402
from loyalty.coupons import batches, issuing, redemptions  # noqa: E402
from loyalty.coupons.baskets import Basket, BasketLine  # noqa: E402
from loyalty.coupons.redemptions import Wish  # noqa: E402
from loyalty.models import Account, CodeBatch, Coupon, CouponCode, Offer, Program  # noqa: E402

CLIENTS = 8
WARM = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--codes", type=int, default=1_000_000)
    parser.add_argument("--grants", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=5, help="how long the clients call")
    parser.add_argument("--http-calls", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3, help="the median of each side counts")
    options = parser.parse_args()
    with _database.scratch():
        call_command("migrate", verbosity=0)
        program = Program.objects.create(key="bench", name="Bench")
        coupon = make_coupon()
        figures = middle([codes(coupon, options.codes) for _ in range(options.rounds)])
        _loyalty.load(program, options.grants // 10, 10)
        figures |= large_ledger(options.grants)
        figures |= middle([calls(program, coupon, options.seconds) for _ in range(options.rounds)])
        if red := [verdict.invariant.key for verdict in books.check(NOW) if not verdict.green]:
            sys.exit(f"The books are red: {red}")
        figures["redeemed_by_http_per_second"] = by_http(options.http_calls)
        figures |= expiry(program)
    print(json.dumps({"bench": "loyalty", "ratios": ratios(figures), "figures": figures}))


def make_coupon() -> Coupon:
    offer = Offer.objects.create(name="Bench", percent=10, currency="EUR")
    coupon = Coupon.objects.create(offer=offer, name="Bench", kind="generic", total_limit=10**9)
    issuing.publish(coupon, "BENCH", NOW)
    return coupon


def codes(coupon: Coupon, count: int) -> dict[str, float]:
    """Codes a second, each way into an empty table."""
    figures = {}
    for name in ("made", "bulk_created", "copied"):
        batch = batches.order(coupon, count, NOW)
        began = time.perf_counter()
        if name == "made":
            batches.make(batch.pk, NOW)
            seconds = time.perf_counter() - began
        else:
            rival = _loyalty.bulk_create if name == "bulk_created" else _loyalty.copy_prepared
            seconds = rival(coupon.pk, batch.pk, count)
        if CouponCode.objects.filter(batch=batch).count() != count:
            sys.exit(f"{name}: not as many codes as wanted")
        figures[f"codes_{name}_per_second"] = count / seconds
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE kept AS SELECT * FROM loyalty_couponcode WHERE batch_id IS NULL"
            )
            _database.empty("loyalty_couponcode")
            cursor.execute("INSERT INTO loyalty_couponcode SELECT * FROM kept")
            cursor.execute("DROP TABLE kept")
        CodeBatch.objects.all().delete()
    print(json.dumps(rounded(figures)), file=sys.stderr, flush=True)
    return figures


def large_ledger(grants: int) -> dict[str, float]:
    began = time.perf_counter()
    verdicts = books.check(NOW)
    seconds = time.perf_counter() - began
    if not all(verdict.green for verdict in verdicts) or Account.objects.count() != grants // 10:
        sys.exit("The loaded books are red")
    return {"books_seconds": seconds, "one_sum_seconds": _loyalty.one_sum(), "grants": float(grants)}


def calls(program: Program, coupon: Coupon, seconds: float) -> dict[str, float]:
    accounts = dict(Account.objects.order_by("pk").values_list("pk", "customer_id")[:20_000])
    one = next(iter(accounts))
    many, people = list(accounts), list(accounts.values())

    def earn(customers: list[int]) -> Any:
        def make(_client: int) -> Any:
            keys = references()
            return lambda: ledger.earn(
                program,
                [
                    Booking(
                        random.choice(customers),
                        5,
                        "bench",
                        next(keys),
                        counts_for_tier=True,
                        available_from=NOW,
                    )
                ],
                NOW,
            )

        return make

    def lock_then_write(held: list[int]) -> Any:
        return lambda _client: _loyalty.lock_then_write(program, lambda: random.choice(held))

    def spend(_client: int) -> Any:
        keys = references()
        return lambda: ledger.spend(program, [Booking(random.choice(people), 1, "bench", next(keys))], NOW)

    def redeem(_client: int) -> Any:
        keys = references()
        basket = Basket((BasketLine("mug", 1, 5000),), "EUR", TODAY)

        def call() -> None:
            key = next(keys)
            redemptions.redeem(Wish("bench", basket, key, "bench", key), NOW)

        return call

    figures = {
        "redeemed_per_second": per_second(CLIENTS, seconds, redeem),
        "bare_updates_per_second": per_second(CLIENTS, seconds, lambda _c: _loyalty.bare_update(coupon.pk)),
    }
    Coupon.objects.filter(pk=coupon.pk).update(used=coupon.redemptions.count())
    figures |= {
        "earned_per_second": per_second(CLIENTS, seconds, earn(people)),
        "lock_then_write_per_second": per_second(CLIENTS, seconds, lock_then_write(many)),
        "earned_on_one_account_per_second": per_second(CLIENTS, seconds, earn([accounts[one]])),
        "lock_then_write_on_one_account_per_second": per_second(CLIENTS, seconds, lock_then_write([one])),
        "spent_per_second": per_second(CLIENTS, seconds, spend),
        "bare_spent_per_second": per_second(
            CLIENTS,
            seconds,
            lambda _c: _loyalty.bare_spend(program, lambda: random.choice(people)),
        ),
    }
    print(json.dumps(rounded(figures)), file=sys.stderr, flush=True)
    return figures


def by_http(count: int) -> float:
    """Redemptions a second over eight kept connections, each with its own key and order."""
    Shop.objects.update_or_create(pk=1, defaults={"name": "Kaufhaus Linden", "currency": "EUR"})
    by = User.objects.create_user("bench@example.org", password=None)
    key = ApiKey(name="bench", kind="server", source="shop", scopes=["coupons"])
    secret = keys.make(key, by, NOW)
    basket = {"currency": "EUR", "lines": [{"sku": "mug", "quantity": 1, "amount": "50.00"}]}
    calls = [
        _calls.request(
            "/api/v1/coupons/redeem",
            {"code": "BENCH", "order": name, "basket": basket},
            secret,
            f"Idempotency-Key: {name}",
        )
        for name in itertools.islice(references(), WARM + count)
    ]
    with Web() as web:
        _calls.rush(web.port, calls[:WARM])  # the first calls load what a web process needs
        return _calls.rush(web.port, calls[WARM:])


def expiry(program: Program) -> dict[str, float]:
    """Lots swept a second, of a tenth of all; the bare statement is taken back."""
    lots = 100_000
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loyalty_lot SET expires_at = %s WHERE entry_id IN"
            " (SELECT entry_id FROM loyalty_lot WHERE remaining > 0 ORDER BY entry_id LIMIT %s)",
            [NOW - timedelta(days=1), lots],
        )
        wanted = cursor.rowcount
    bare = _loyalty.bare_expiry(program)
    began = time.perf_counter()
    swept = ledger.expire(NOW)
    seconds = time.perf_counter() - began
    if swept != wanted:
        sys.exit(f"{swept} of {wanted} lots were swept")
    return {"expired_lots_per_second": swept / seconds, "bare_expired_lots_per_second": wanted / bare}


def ratios(figures: dict[str, float]) -> dict[str, float]:
    pairs = {
        "bulk_create": ("codes_made_per_second", "codes_bulk_created_per_second"),
        "copy": ("codes_made_per_second", "codes_copied_per_second"),
        "bare_update": ("redeemed_per_second", "bare_updates_per_second"),
        "lock_then_write": ("earned_per_second", "lock_then_write_per_second"),
        "lock_then_write_on_one_account": (
            "earned_on_one_account_per_second",
            "lock_then_write_on_one_account_per_second",
        ),
        "bare_spend": ("spent_per_second", "bare_spent_per_second"),
        "bare_update_by_http": ("redeemed_by_http_per_second", "bare_updates_per_second"),
        "bare_expiry": ("expired_lots_per_second", "bare_expired_lots_per_second"),
        "one_sum": ("one_sum_seconds", "books_seconds"),
    }
    return {name: round(figures[ours] / figures[rival], 2) for name, (ours, rival) in pairs.items()}


def middle(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: sorted(each[name] for each in rounds)[len(rounds) // 2] for name in rounds[0]}


def rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in figures.items()}


if __name__ == "__main__":
    main()
