"""The score table of `./stammkunde test faults`: a line per fault of docs/delivery.md, and the same as JSON.

A test names what it stands for by `@pytest.mark.fault("F1")`; one that takes a guard away, and must see people harmed,
by `@pytest.mark.fault("F1", control=True)`. What the servers' logs say is added up from the verdicts of its runs.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
# What a whole run stands for (reliability.md, section 5; docs/delivery.md): a row without a trial fails it.
EXPECTED = tuple(f"F{number}" for number in (*range(1, 27), *range(33, 45)))
COUNTED = ("doubles", "lost", "unknown", "people")
_now: dict[str, float] = {}
_verdicts: dict[int, tuple[int, ...]] = {}
_lines: list[dict[str, Any]] = []


def note(**figures: float) -> None:
    """Figures of the running test, such as the seconds until it went on; told again, the largest stays."""
    for name, value in figures.items():
        _now[name] = max(value, _now.get(name, value))


def verdict(run: int, *figures: int) -> None:
    """The last word about a run, in the order of COUNTED."""
    _verdicts[run] = figures


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report: Any = yield
    mark = item.get_closest_marker("fault")
    if mark and report.when == "call":
        control = bool(mark.kwargs.get("control"))
        sums = [sum(column) for column in zip(*_verdicts.values(), strict=True)] or [0] * len(COUNTED)
        figures = {} if control else _now | dict(zip(COUNTED, sums, strict=True))
        line = {"test": item.nodeid, "control": control, "good": report.passed, "figures": figures}
        _lines.extend({"fault": row} | line for row in mark.args)
    if report.when == "teardown":
        _now.clear()
        _verdicts.clear()
    return report


def table() -> dict[str, dict[str, Any]]:
    """Per fault: trials and those survived, controls and those gone red, sums, and of other figures the largest."""
    rows: dict[str, dict[str, Any]] = defaultdict(lambda: defaultdict(int))
    for line in sorted(_lines, key=lambda each: int(each["fault"][1:])):
        row = rows[line["fault"]]
        kind, good = ("controls", "red") if line["control"] else ("trials", "survived")
        row[kind] += 1
        row[good] += line["good"]
        for name, value in line["figures"].items():
            row[name] = row[name] + value if name in COUNTED else max(row[name], value)
    return rows


def missing(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The rows that were to be tried and were not."""
    return [row for row in EXPECTED if not rows.get(row, {}).get("trials")]


def is_whole(config: pytest.Config) -> bool:
    """Nobody has named files, or words of a test."""
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _lines and is_whole(session.config) and missing(table()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    rows = table()
    if not rows:
        return
    terminalreporter.section("Faults")
    for fault, row in rows.items():
        told = ", ".join(f"{name} {value:g}" for name, value in row.items())
        good = row["survived"] == row["trials"] and row["red"] == row["controls"]
        terminalreporter.write_line(f"{'good  ' if good else 'FAILED'} {fault:4} {told}")
    gone = missing(rows) if is_whole(terminalreporter.config) else []
    for fault in gone:
        terminalreporter.write_line(f"FAILED {fault:4} no test has tried it")
    figures = {name: sum(row[name] for row in rows.values()) for name in ("trials", "survived", *COUNTED)}
    figures["slowest_resumed"] = max((row.get("resumed", 0) for row in rows.values()), default=0)
    whole = {"bench": "faults", "ratios": {}, "figures": {"faults": len(rows)} | figures, "missing": gone}
    (ROOT / "var").mkdir(exist_ok=True)
    (ROOT / "var" / "faults.json").write_text(json.dumps({"rows": rows} | whole, indent=1) + "\n")
    terminalreporter.write_line(json.dumps(whole))
