"""The import as a process: killed with -9 and started again, and flat in memory."""

import re
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from customers import stats
from customers.models import ImportJob, OrderLine
from tests.customers import importing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault("F34")]
TOLD = ("--kind", "orders", "--zone", "Europe/Berlin", "--currency", "EUR")


def lines(count: int) -> Iterator[str]:
    """Orders of three lines that are never together, of many customers and articles; every 97th line is faulty."""
    yield importing.ORDERS + "\n"
    for n in range(count):
        number = n % (count // 3)
        price = "x" if n % 97 == 0 else f"{n % 977}.{n % 89:02}"
        clock = f"{8 + number % 12:02}:{number % 60:02}"
        date, article = f"2026-{1 + number % 9:02}-17 {clock}", f"S{n % 5003},Mug {n % 5003}"
        yield f"{number},{date},{article},{1 + n % 7},{price},{number % 4001},DE\n"


def written(folder: Path, count: int) -> Path:
    path = folder / f"{count}.csv"
    with path.open("w") as file:
        file.writelines(lines(count))
    return path


def rows(source: str) -> list[tuple]:
    found = OrderLine.objects.filter(order__source=source).order_by("order__number", "position")
    return list(
        found.values_list(
            "order__number",
            "order__total",
            "order__placed_at",
            "order__customer__identities__number",
            "position",
            "product__sku",
            "amount",
        )
    )


def test_killed_and_started_again_it_ends_with_the_rows_of_a_clean_run(tmp_path: Path) -> None:
    path = written(tmp_path, 12_000)
    clean = importing.process(path, "--source", "clean", *TOLD)
    assert clean.wait() == 0, clean.stdout.read()
    killed = 0
    for position in (1, 4_000, 8_000):
        process = importing.process(
            path, "--source", "shop", *TOLD, IMPORT_CHUNK_LINES=500, IMPORT_LEASE_SECONDS=1
        )
        killed += _kill_behind(position, process)
        process.wait()
    assert killed == 3
    last = importing.process(path, "--source", "shop", *TOLD, IMPORT_CHUNK_LINES=500, IMPORT_LEASE_SECONDS=1)
    assert last.wait() == 0, last.stdout.read()
    done = ImportJob.objects.get(source="shop")
    assert (done.state, done.lines, done.imported, done.rejected) == ("done", 12_000, 11_876, 124)
    assert rows("shop") == rows("clean")
    assert not stats.differences()


def _kill_behind(position: int, process) -> bool:
    """Kill -9 as soon as the job has come this far; False when it was through before."""
    while process.poll() is None:
        if ImportJob.objects.filter(source="shop", position__gte=position).exists():
            process.kill()
            return process.wait() == -9
        time.sleep(0.01)
    return False


def test_two_processes_at_one_file_write_each_line_once(tmp_path: Path) -> None:
    path = written(tmp_path, 6_000)
    told = (path, "--source", "shop", *TOLD)
    both = [importing.process(*told, IMPORT_CHUNK_LINES=200, IMPORT_LEASE_SECONDS=1) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert OrderLine.objects.count() == 6_000 - 62
    assert not stats.differences()


def test_memory_stays_flat(tmp_path: Path) -> None:
    small, large = (_peak(written(tmp_path, count)) for count in (30_000, 90_000))
    assert large < 300
    assert large - small < 40, f"{small:.0f} MB, then {large:.0f} MB"


def test_memory_stays_flat_for_workbooks_and_events(tmp_path: Path) -> None:
    """Both at once: a workbook of behaviour, each line with texts of its own."""
    small, large = (_peak(sheet(tmp_path, count), "events") for count in (20_000, 100_000))
    assert large < 300
    assert large - small < 40, f"{small:.0f} MB, then {large:.0f} MB"
    job = ImportJob.objects.latest("id")
    refused = list(job.rejections.values_list("line", flat=True)[:2])
    assert (job.imported, job.rejected, refused) == (100_000 - 1_031, 1_031, [5, 102])


def sheet(folder: Path, count: int) -> Path:
    """A workbook of behaviour below a title and a blank row; every 97th line is faulty."""
    book = Workbook(write_only=True)
    page = book.create_sheet("Ereignisse")
    for cells in (["Export"], [], ["Zeit", "Ereignis", "Kundennummer", "Suchbegriff", "Betrag"]):
        page.append(cells)
    for n in range(1, count + 1):
        at = "never" if n % 97 == 2 else date(2026, 1 + n % 9, 1 + n % 28)
        page.append([at, "Suche", n % 4001, f"words of the search {n}", n % 89 / 4])
    path = folder / f"{count}.xlsx"
    book.save(path)
    return path


def _peak(path: Path, kind: str = "orders") -> float:
    """The most memory the process held, in MB. Asked while it runs: what `wait4` tells begins with our own peak."""
    told = ("--kind", kind, "--zone", "Europe/Berlin", "--currency", "EUR")
    process = importing.process(path, "--source", path.stem, *told)
    status, peak = Path(f"/proc/{process.pid}/status"), 0.0
    while process.poll() is None:
        found = re.search(r"VmHWM:\s+(\d+)", status.read_text())
        peak = int(found[1]) / 1024 if found else peak
        time.sleep(0.02)
    assert process.returncode == 0, process.stdout.read()
    return peak
