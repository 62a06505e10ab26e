"""Small files for tests of the import, and a run of one."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

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


def retail_file() -> Path:
    """The set "Online Retail": where ONLINE_RETAIL says, else beside the project; the test is skipped without it."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data" / "online-retail.csv.xz"
    path = Path(os.environ.get("ONLINE_RETAIL") or beside)
    if not path.is_file():
        pytest.skip(f"The set “Online Retail” is not at {path}; name its place in ONLINE_RETAIL.")
    return path


def process(*arguments: object, **environment: object) -> "subprocess.Popen[str]":
    """`manage.py import` as a process of its own, on the test's database."""
    told = {name: str(value) for name, value in environment.items()}
    return subprocess.Popen(
        [sys.executable, "manage.py", "import", *map(str, arguments)],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": _database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"} | told,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _database_url() -> str:
    """The test's own database; a folder as host stands for the socket in it."""
    database = connection.settings_dict
    person = f"{database['USER']}:{database['PASSWORD']}@"
    if str(database["HOST"]).startswith("/"):
        return f"postgres://{person}/{database['HOST']}/{database['NAME']}"
    return f"postgres://{person}{database['HOST']}:{database['PORT']}/{database['NAME']}"
