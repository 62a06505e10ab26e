"""How fast a customer is found among a million, and her page opened with a long history, beside hand-written SQL.

Each page is asked for as a browser does, signed in, with all that it draws; `statements` is what the database has of
it. The peer is the shortest SQL that gives the same rows, by somebody who knows what was typed.
"""

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks._pages_settings"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from benchmarks import _crowd, _database  # noqa: E402
from config import roles  # noqa: E402
from customers.models import Customer, Store, User  # noqa: E402

# Either may be the better plan: a walk by name until fifty are met, or all of them first and then a sort.
WALK = "customers_customer c"
COLLECT = """(SELECT * FROM customers_customer c WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL AND {test}
    OFFSET 0) c"""
SHOWN = """
    SELECT c.id, c.first_name, c.last_name, c.email, c.city, c.country, s.orders, s.revenue, s.last_order_at, h.name
    FROM {source} LEFT JOIN customers_customerstats s ON s.customer_id = c.id
    LEFT JOIN customers_store h ON h.id = c.home_store_id
    WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL AND {test}
    ORDER BY c.sort_name, c.id LIMIT 50
"""
SEARCH = "c.search @@ to_tsquery('simple', '{}')"
ORDER = "c.id IN (SELECT customer_id FROM customers_order WHERE source IN ('shop', 'till') AND number = '{}')"
PERSON = re.compile(r'href="(/customers/[0-9]+/)"')
NUMBER = "c.id IN (SELECT customer_id FROM customers_identity WHERE source = 'shop' AND number = '{}')"
ALL = "true"


def searches(one: Customer) -> dict[str, tuple[str, str]]:
    """What was typed, and the test that a hand writes for it. `one` is somebody with all there is to ask for."""
    phone = one.phone.removeprefix("+49")
    return {
        "everybody": ("", ALL),
        "one letter": ("m", SEARCH.format("m:*")),
        "two letters": ("sc", SEARCH.format("sc:*")),
        "most common name": ("müller", SEARCH.format("muller:*")),
        "most common name, ue": ("mueller", SEARCH.format("muller:* | mueller:*")),
        "upper case, spaces": ("  ANNA   MÜLLER ", SEARCH.format("anna:* & muller:*")),
        "address of all": ("@example.org", "false"),
        "city": ("köln", SEARCH.format("koln:*")),
        "postal code": (one.postal_code, SEARCH.format(f"{one.postal_code}:*")),
        "rare name": (one.last_name.lower(), SEARCH.format(f"{one.last_name.lower()}:*")),
        "e-mail": (one.email.upper(), SEARCH.format(f"''{one.email}'':*")),
        "phone, national": (f"0{phone[:3]} {phone[3:]}", f"c.phone = '{one.phone}'"),
        "phone, +49": (f"+49 {phone[:3]} / {phone[3:6]} {phone[6:]}", f"c.phone = '{one.phone}'"),
        "order": (f"#A-{one.pk}", ORDER.format(f"A-{one.pk}")),
        "customer number": (f"k{one.pk}", NUMBER.format(f"K{one.pk}")),
        "nobody": ("qqxyzzy", SEARCH.format("qqxyzzy:*")),
    }


def misspelt(one: Customer) -> dict[str, tuple[str, str]]:
    """What somebody typed into the search box, whom she meant, and the test that a hand writes for these."""
    return {
        "box: as it is spelled": ("müller", SEARCH.format("muller:*")),
        "box: one letter wrong": ("Müllwr", SEARCH.format("muller")),
        "box: two swapped, a space too many": (" Anna  Mülelr", SEARCH.format("anna:* & muller")),
        "box: two words, both wrong": ("Ana Mülle", SEARCH.format("anna & muller")),
        "box: a long word that nobody is called": ("Donaudampfschiffer", "false"),
        "box: four words that nobody is called": ("qwertz asdfgh yxcvbn poiuzt", "false"),
        "box: end of a phone number": (one.phone[-6:], f"c.phone LIKE '%%{one.phone[-6:]}'"),
    }


EVENTS_OF = """
    SELECT id, at, kind, name, product_id, store_id, value FROM customers_event WHERE customer_id = %s
    ORDER BY at DESC, id DESC LIMIT 31
"""


class Spent:
    """Counts and times the statements inside the block."""

    def __init__(self) -> None:
        self.seconds, self.count = 0.0, 0

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(*args)
        finally:
            self.seconds += time.perf_counter() - began
            self.count += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5, help="the median counts")
    options = parser.parse_args()
    settings.ALLOWED_HOSTS.append("testserver")
    with _database.scratch():
        _crowd.people(options.customers)
        one = Customer.objects.filter(last_name__startswith="Seltener").exclude(phone="").order_by("-pk")[0]
        _crowd.long_history(one.pk, options.events)
        figures = measured(one, options.rounds)
    print(json.dumps(summary(figures)))


def measured(one: Customer, rounds: int) -> dict[str, dict[str, float]]:
    figures = {}
    marketer, manager = client("marketer"), client("store_manager")
    asked = [(marketer, name, typed, test) for name, (typed, test) in searches(one).items()]
    asked += [
        (manager, "store: everybody", "", OWN),
        (manager, "store: most common name", "müller", f"{OWN} AND {MUELLER}"),
    ]
    for reader, name, typed, test in asked:
        figures[name] = both(reader, reverse("customer_list"), {"q": typed}, plans(test), [], rounds)
        tell(name, figures[name])
    for name, (typed, test) in misspelt(one).items():
        figures[name] = both(marketer, reverse("search"), {"q": typed}, plans(test), [], rounds)
        tell(name, figures[name])
    address = reverse("customer", args=[one.pk])
    for name, query in (("her page", {}), ("her page, behaviour", {"kind": "behaviour"})):
        figures[name] = both(marketer, address, query, [EVENTS_OF], [one.pk], rounds)
        tell(name, figures[name])
    return figures


def plans(test: str) -> list[str]:
    collect = COLLECT.format(test=test)
    return [SHOWN.format(source=WALK, test=test), SHOWN.format(source=collect, test="true")]


MUELLER = SEARCH.format("muller:*")
OWN = """(c.home_store_id IN (SELECT store_id FROM customers_user_stores) OR c.id IN (
    SELECT customer_id FROM customers_order WHERE store_id IN (SELECT store_id FROM customers_user_stores)))"""


def client(role: str) -> Client:
    user = User.objects.create_user(f"{role}@example.org", password=None)
    user.groups.add(roles_group(role))
    if role == "store_manager":
        user.stores.add(Store.objects.order_by("pk")[0])
    signed_in = Client()
    signed_in.force_login(user)
    return signed_in


def roles_group(role: str) -> Any:
    from django.contrib.auth.models import Group

    return Group.objects.get(name=roles.BY_KEY[role].key)


def both(
    reader: Client, address: str, query: dict[str, str], raws: list[str], params: list[Any], rounds: int
) -> dict[str, float]:
    """Milliseconds of the page, of its statements, and of the SQL by hand; how many statements and rows."""
    pages, statements, spent = [], [], Spent()
    best = min(raws, key=lambda raw: min(by_hand(raw, params) for _round in range(2)))
    peers = []
    for _round in range(rounds + 1):
        spent = Spent()
        began = time.perf_counter()
        with connection.execute_wrapper(spent):
            answer = reader.get(address, query)
        pages.append(time.perf_counter() - began)
        statements.append(spent.seconds)
        if answer.status_code != 200:
            raise SystemExit(f"{address} {query}: {answer.status_code}")
        peers.append(by_hand(best, params))
    shown = answer.content.decode()
    rows = shown.count("data-href=") or shown.count('class="entry"') or len(set(PERSON.findall(shown)))
    return {
        "page": 1000 * middle(pages[1:]),
        "statements": 1000 * middle(statements[1:]),
        "sql": 1000 * middle(peers[1:]),
        "count": spent.count,
        "rows": rows,
    }


def by_hand(raw: str, params: list[Any]) -> float:
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(raw, params or None)
        cursor.fetchall()
    return time.perf_counter() - began


def middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def tell(name: str, figures: dict[str, float]) -> None:
    line = ", ".join(f"{key} {value:.1f}" for key, value in figures.items())
    print(f"{name}: {line}", file=sys.stderr, flush=True)


def summary(figures: dict[str, dict[str, float]]) -> dict[str, Any]:
    slowest = max(figures, key=lambda name: figures[name]["page"])
    ratios = {name: each["sql"] / each["statements"] for name, each in figures.items()}
    return {
        "bench": "customers",
        "ratios": {name: round(value, 3) for name, value in ratios.items()},
        "figures": {
            name: {key: round(value, 1) for key, value in each.items()} for name, each in figures.items()
        },
        "slowest": {"page": slowest, "milliseconds": round(figures[slowest]["page"], 1), "aim": 300},
        "all_under_aim": figures[slowest]["page"] < 300,
    }


if __name__ == "__main__":
    main()
