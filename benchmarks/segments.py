"""How fast segments are: what the compiler makes of rules beside SQL written by hand, and how members are kept.

A shop of a million customers, ten million events and two million orders is made in a database of its own. Each rule is
counted as the editor counts it, and found as membership finds it (in a statement that writes, so without parallel
workers): ours and by hand in turns, warm. Both must find the same people. Rules i to iii are also asked in the form of
a builder on the ORM, of a sample of people, and scaled.
"""

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from benchmarks import _database, _membership, _segment_data, _segment_orm, _segment_rules, _segment_trees  # noqa: E402
from benchmarks._segment_data import AT  # noqa: E402
from customers.models import Segment  # noqa: E402
from customers.segments import compiler  # noqa: E402
from customers.segments.membership import keeping  # noqa: E402

settings.DATABASES["default"]["NAME"] = "bench_segments"
Query = tuple[str, Any]
COUNT = "SELECT count(*) FROM ({}) m"
FIND = "SELECT count(*) FROM (WITH fits AS MATERIALIZED ({}) SELECT * FROM fits) m"
SAMPLE = 50_000  # people whom the ORM form is asked about
BATCHES = 20  # of 300 people, after which the loop of the peer is long enough known
CHANGED = 10_000  # people in a minute
BYTES = 10_000  # of disk for one customer with all that is hers, while it is made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000, help="events are 10 each, orders 2")
    parser.add_argument("--rounds", type=int, default=7, help="the median of each side counts")
    options = parser.parse_args()
    require_space(options.customers)
    with _database.scratch():
        sizes = _segment_data.build(options.customers)
        say("rows", sizes)
        rules = {name: measured(name, options) for name in _segment_rules.RULES}
        members = membership(options)
    print(json.dumps(summary(rules, members, sizes)))


def require_space(customers: int) -> None:
    needed, free = customers * BYTES, shutil.disk_usage(ROOT).free
    if free < needed:
        sys.exit(f"{needed // 10**6} MB are needed on the disk of {ROOT}, {free // 10**6} MB are free.")


def measured(name: str, options: argparse.Namespace) -> dict[str, float]:
    rule = _segment_rules.RULES[name]
    compiled = compiler.compile_rule(
        rule.tree, AT
    )  # asks the planner; what it said is then known for a while
    began = time.perf_counter()
    compiled = compiler.compile_rule(rule.tree, AT)
    figures = {"compile_ms": 1000 * (time.perf_counter() - began)}
    ours, by_hand = (compiled.sql, compiled.params), (rule.by_hand, _segment_rules.VALUES)
    figures["people"] = same_people(name, ours, by_hand)
    figures["count_ms"], figures["hand_ms"] = in_turns(COUNT, ours, by_hand, options.rounds)
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        figures["find_ms"], figures["hand_find_ms"] = in_turns(FIND, ours, by_hand, options.rounds)
        cursor.execute("RESET max_parallel_workers_per_gather")
    figures |= with_the_orm(name, figures["people"], options)
    say(name, figures)
    return figures


def same_people(name: str, ours: Query, theirs: Query) -> int:
    found, wanted = ids(ours), ids(theirs)
    if set(found) != set(wanted) or len(found) != len(set(found)):
        raise SystemExit(f"Rule {name}: {len(set(found) ^ set(wanted))} people differ.")
    return len(found)


def ids(query: Query) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(*query)
        return [row[0] for row in cursor.fetchall()]


def in_turns(template: str, ours: Query, theirs: Query, rounds: int) -> tuple[float, float]:
    """Milliseconds of each, the median."""
    milliseconds(template, ours)
    milliseconds(template, theirs)
    pairs = [(milliseconds(template, ours), milliseconds(template, theirs)) for _ in range(rounds)]
    first, second = zip(*pairs, strict=True)
    return median(first), median(second)


def milliseconds(template: str, query: Query) -> float:
    with connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(template.format(query[0]), query[1])
        cursor.fetchone()
        return 1000 * (time.perf_counter() - began)


def with_the_orm(name: str, people: float, options: argparse.Namespace) -> dict[str, float]:
    figures = {}
    if (form := _segment_orm.FORMS.get(name)) is not None:
        sample = min(SAMPLE, options.customers)
        query = _segment_orm.statement(form().filter(pk__lte=sample))
        if sample == options.customers and len(ids(query)) != people:
            raise SystemExit(f"Rule {name}: the ORM form finds other people.")
        times = [milliseconds(COUNT, query) for _ in range(min(options.rounds, 3))]
        figures["orm_ms"] = median(times) * options.customers / sample
    if (form := _segment_orm.WITH_EXISTS.get(name)) is not None:
        query = _segment_orm.statement(form())
        if len(ids(query)) != people:
            raise SystemExit(f"Rule {name}: the ORM form with EXISTS finds other people.")
        figures["orm_exists_ms"] = median(milliseconds(COUNT, query) for _ in range(options.rounds))
    return figures


def membership(options: argparse.Namespace) -> dict[str, float]:
    """Rule ii built and by the loop; then what a hundred segments cost when people change."""
    (segment,) = _membership.segments([_segment_rules.RULES["ii"].tree])
    builds = []
    for _ in range(min(options.rounds, 3)):
        _membership.forget()
        builds.append(_membership.build(segment, AT))
    loop = _membership.batches_of_300(segment, AT, most=BATCHES)
    batches = -(-builds[0]["members"] // _membership.BATCH)
    figures = {
        "members": builds[0]["members"],
        "build_s": median(each["build"] for each in builds),
        "unchanged_s": median(each["difference"] for each in builds),
        "loop_s": loop["seconds"] * max(batches, 1) / max(loop["batches"], 1),
    }
    say("membership", figures)
    return figures | of_a_hundred(options)


def of_a_hundred(options: argparse.Namespace) -> dict[str, float]:
    _membership.forget()
    Segment.objects.all().delete()
    _membership.segments(_segment_trees.hundred())
    figures = {"hundred_built_s": _membership.seconds(lambda: keeping.tick(lambda: AT))}
    if unbuilt := Segment.objects.filter(keeping.unbuilt()).count():
        raise SystemExit(f"{unbuilt} of the hundred segments were not built.")
    figures["one_person_ms"] = 1000 * _membership.one_person(AT)
    changed = min(CHANGED, options.customers)
    figures["many_people_s"] = _membership.many_people(changed, AT)
    say("a hundred segments", figures)
    return figures


def summary(rules: dict[str, Any], members: dict[str, float], sizes: dict[str, int]) -> dict[str, Any]:
    speeds = [
        hand / ours
        for each in rules.values()
        for ours, hand in (
            (each["count_ms"], each["hand_ms"]),
            (each["find_ms"], each["hand_find_ms"]),
        )
    ]
    forms = {name: each["orm_ms"] / each["count_ms"] for name, each in rules.items() if "orm_ms" in each}
    ratios: dict[str, float] = {
        "orm_form": min(forms.values()),
        "hand_sql_speed": median(speeds),
        "hand_sql_speed_worst": min(speeds),
        "batches_of_300": members["loop_s"] / members["build_s"],
    }
    return {
        "bench": "segments",
        "ratios": {name: round(value, 3) for name, value in ratios.items()},
        "figures": {"rows": sizes, "rules": rounded(rules), "membership": rounded(members)},
    }


def rounded(figures: Any) -> Any:
    if isinstance(figures, dict):
        return {name: rounded(value) for name, value in figures.items()}
    return round(figures, 3 if figures < 10 else 1)


def say(what: str, figures: dict[str, Any]) -> None:
    print(f"{what}: {json.dumps(rounded(figures))}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
