"""Small files for tests of the import, and a run of one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from customers.imports import guessing, jobs, running
from customers.imports.options import Options
from customers.models import ImportJob

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORDERS = "number,date,sku,name,quantity,price,customer,country"
EUR = {"currency": "EUR", "zone": "Europe/Berlin"}


def orders(*lines: str) -> str:
    """A file of orders: the usual header and these lines."""
    return "\r\n".join([ORDERS, *lines, ""])


def line(
    number: str = "1",
    *,
    date: str = "2026-11-02 10:00",
    sku: str = "A1",
    name: str = "Mug",
    quantity: object = 1,
    price: object = "2.50",
    customer: str = "7",
    country: str = "Germany",
) -> str:
    return f"{number},{date},{sku},{name},{quantity},{price},{customer},{country}"


def file(folder: Path, content: str | bytes, name: str = "orders.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def begin(
    path: Path, kind: str = "orders", source: str = "shop", *, dry_run: bool = False, **told: Any
) -> ImportJob:
    """A queued job with guessed options, those of `told`, and euros in Berlin for orders."""
    job = jobs.create(path, path.name, kind, source)
    options = Options.load(job.options)
    usual = {} if options.refund_prefix else EUR
    return jobs.start(job.pk, options.but(**(usual | told)), dry_run=dry_run)


def run(
    folder: Path, content: str | bytes, kind: str = "orders", *, name: str = "orders.csv", **told: Any
) -> ImportJob:
    """Import a file with this content to its end."""
    job = begin(file(folder, content, name), kind, **told)
    return finish(job)


def finish(job: ImportJob) -> ImportJob:
    running.run(job.pk, AT)
    job.refresh_from_db()
    return job


def reasons(job: ImportJob) -> dict[int, str]:
    """Line to reason of what a job refused."""
    return dict(job.rejections.order_by("line").values_list("line", "reason"))


def notices(job: ImportJob) -> dict[str, int]:
    return {name: count for name, count in job.counts.get("notices", {}).items() if count}


def guessed(path: Path, kind: str = "orders") -> Options:
    return guessing.options(kind, guessing.head(path))
