"""Once is once: the same file again, another file with the same orders, a run that broke off, two workers."""

import gzip
import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError

from customers import orders as recording
from customers.imports import jobs, running
from customers.imports.options import Options
from customers.models import ImportJob, Order, OrderLine
from tests.customers import importing
from tests.customers.importing import line, orders, run

pytestmark = [pytest.mark.django_db, pytest.mark.fault("F34")]
FILE = orders(
    line("1"),
    line("2", customer="8"),
    line("1", sku="B2"),
    line("x", quantity="?"),
    line("2", sku="C3", customer="8"),
    line("3"),
)


def rows() -> list[tuple]:
    """Every order line, without the ids that each run makes anew."""
    return list(
        OrderLine.objects.order_by("order__number", "position").values_list(
            "order__number",
            "order__total",
            "order__customer__identities__number",
            "position",
            "product__sku",
            "amount",
        )
    )


@pytest.fixture
def clean(tmp_path: Path) -> list[tuple]:
    """What one undisturbed run makes."""
    run(tmp_path, FILE)
    wanted = rows()
    Order.objects.all().delete()
    ImportJob.objects.all().delete()
    return wanted


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    run(tmp_path, FILE)
    before = rows()
    again = run(tmp_path, FILE)
    assert (again.imported, again.unchanged, again.rejected) == (0, 5, 1)
    assert again.counts["unchanged"] == {"line_known": 5}
    assert rows() == before


def test_another_file_with_known_orders_leaves_them_and_says_which_differ(tmp_path: Path) -> None:
    run(tmp_path, FILE)
    before = rows()
    job = run(
        tmp_path, orders(line("1"), line("1", sku="B2"), line("2", customer="8"), line("4")), name="b.csv"
    )
    assert (job.imported, job.unchanged) == (1, 3)
    assert job.counts["unchanged"] == {"order_known": 3}
    assert importing.notices(job)["orders_different"] == 1  # order 2 has one line less than before
    assert [row for row in rows() if row[0] != "4"] == before


def test_equal_lines_of_other_orders_are_not_taken_for_repeats(tmp_path: Path) -> None:
    run(tmp_path, orders(line("1")))
    job = run(tmp_path, orders(line("2")), name="b.csv")
    assert job.imported == 1
    assert Order.objects.count() == 2


def test_the_same_file_under_another_source_is_another_shop(tmp_path: Path) -> None:
    run(tmp_path, FILE)
    importing.finish(importing.begin(importing.file(tmp_path, FILE), source="till"))
    assert Order.objects.filter(source="till").count() == 3


@pytest.mark.parametrize("broken_at", [0, 1, 2])
def test_a_run_that_broke_off_ends_with_the_same_rows(
    tmp_path: Path, settings, monkeypatch, clean: list[tuple], broken_at: int
) -> None:
    settings.IMPORT_CHUNK_LINES = 2
    job = importing.begin(importing.file(tmp_path, FILE))
    calls = iter(range(10))

    def breaking(*args, **kwargs):
        if next(calls) == broken_at:
            raise OperationalError("the server went away")
        return real(*args, **kwargs)

    real = recording.record
    monkeypatch.setattr(recording, "record", breaking)
    with pytest.raises(OperationalError):
        running.run(job.pk, importing.AT)
    job.refresh_from_db()
    assert job.state == ImportJob.State.RUNNING
    assert Order.objects.exists() == (broken_at > 0)
    done = importing.finish(job)
    assert (done.state, done.imported, done.rejected) == ("done", 5, 1)
    assert rows() == clean


def test_a_new_upload_goes_on_where_a_cancelled_run_of_the_file_stopped(
    tmp_path: Path, settings, clean: list[tuple]
) -> None:
    settings.IMPORT_CHUNK_LINES = 2
    first = importing.begin(importing.file(tmp_path, FILE))
    assert running.run(first.pk, importing.AT, most_chunks=1)
    assert jobs.cancel(first, importing.AT)
    second = run(tmp_path, FILE)
    assert (second.imported, second.unchanged, second.rejected) == (3, 2, 1)
    assert rows() == clean


def test_a_cancelled_run_can_be_resumed(tmp_path: Path, settings, clean: list[tuple]) -> None:
    settings.IMPORT_CHUNK_LINES = 2
    job = importing.begin(importing.file(tmp_path, FILE))
    running.run(job.pk, importing.AT, most_chunks=2)
    jobs.cancel(job, importing.AT)
    assert not running.run(job.pk, importing.AT)
    assert jobs.resume(job)
    assert importing.finish(job).imported == 5
    assert rows() == clean


def test_a_leased_job_is_not_taken_and_a_lost_one_is_not_written(tmp_path: Path, settings) -> None:
    settings.IMPORT_CHUNK_LINES = 2
    job = importing.begin(importing.file(tmp_path, FILE))
    slow = jobs.claim(job.pk, importing.AT)
    assert jobs.claim(job.pk, importing.AT) is None
    assert not jobs.waiting()
    ImportJob.objects.filter(pk=job.pk).update(
        lease_until=importing.AT - timedelta(days=1)
    )  # its worker sleeps too long
    assert jobs.waiting() == [job.pk]
    running.run(job.pk, importing.AT, most_chunks=1)
    before = rows()
    chunk = running.Chunk([], 3)
    with pytest.raises(running.Lost):
        running._record(slow, None, chunk, importing.AT)
    assert rows() == before


def test_a_file_that_changed_under_way_is_refused(tmp_path: Path) -> None:
    job = importing.begin(importing.file(tmp_path, FILE))
    importing.file(tmp_path, FILE + line("9"))
    assert importing.finish(job).fault["code"] == "changed"


def test_a_damaged_file_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    packed = gzip.compress(orders(*(line(str(n)) for n in range(30_000))).encode(), compresslevel=1)
    path = importing.file(tmp_path, packed)
    job = importing.begin(path)
    broken = packed[: len(packed) // 2]
    path.write_bytes(broken)
    ImportJob.objects.filter(pk=job.pk).update(digest=hashlib.sha256(broken).hexdigest())
    job = importing.finish(job)
    assert (job.state, job.fault["code"]) == ("failed", "truncated")
    assert not Order.objects.exists()


def test_known_lines_are_refused_again_only_where_they_were(tmp_path: Path) -> None:
    first = run(tmp_path, FILE)
    again = run(tmp_path, FILE)
    assert importing.reasons(first) == importing.reasons(again) == {5: "number"}


def test_other_options_do_not_import_known_lines_anew(tmp_path: Path) -> None:
    job = run(tmp_path, FILE)
    again = importing.begin(importing.file(tmp_path, FILE), zone="Europe/London")
    assert Options.load(again.options).zone != Options.load(job.options).zone
    assert importing.finish(again).unchanged == 5
