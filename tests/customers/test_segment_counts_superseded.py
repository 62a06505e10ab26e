"""A count that its reader no longer waits for is ended in the database; nobody else's is."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from config.embedded import processes
from customers.models import Segment
from customers.segments import counting
from customers.segments.compiler import Compiled
from customers.segments.counting import Count
from tests.customers.test_segment_pages import FORM, FRAGMENT, GERMAN
from tests.factories import CustomerFactory, SegmentFactory

pytestmark = pytest.mark.django_db(transaction=True)
SLOW = Compiled("SELECT 1 AS id FROM pg_sleep(20)", ())
SUPERSEDED = Count(None, False, superseded=True)


class Counting(threading.Thread):
    """A count on a connection of its own: what it said, and how long it took."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self.work, self.answer, self.seconds = work, None, 0.0

    def run(self) -> None:
        begun = time.monotonic()
        try:
            self.answer = self.work()
            self.seconds = time.monotonic() - begun
        finally:
            connection.close()


def begun(reader: str, work: Callable[[], Any]) -> Counting:
    """Under way: the server works on it under the reader's name."""
    thread = Counting(work)
    thread.start()
    assert processes.wait_until(lambda: running(reader) == 1, 10)
    return thread


def running(reader: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND state = 'active'"
            " AND query LIKE '%%pg_sleep%%'",
            [reader],
        )
        return int(cursor.fetchone()[0])


def test_asking_again_ends_the_older_count_and_no_other() -> None:
    mine, drafts, hers = counting.reader(1, 7), counting.reader(1, None), counting.reader(2, 7)
    older = begun(mine, lambda: counting.count_within(SLOW, 15, mine))
    others = [
        begun(name, lambda name=name: counting.count_within(SLOW, 2, name))  # type: ignore[misc]
        for name in (hers, drafts)
    ]
    assert counting.supersede(mine) == 1
    older.join(5)
    assert (older.is_alive(), older.answer) == (False, SUPERSEDED), "and it does not try again with a limit"
    assert [running(hers), running(drafts)] == [1, 1]
    for other in others:
        other.join()
        assert other.answer == Count(None, False), "theirs ran until their own time was over"
    assert counting.supersede(mine) == 0


def test_a_sample_ends_too_and_the_connection_goes_on_under_its_old_name() -> None:
    reader = counting.reader(1, 7)

    def work() -> Any:
        names = counting.sample(SLOW, 15, reader)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('application_name'), current_setting('statement_timeout')")
            return names, cursor.fetchone()

    thread = begun(reader, work)
    assert counting.supersede(reader) == 1
    thread.join(5)
    assert thread.answer == ([], ("", "0"))


def test_without_a_reader_an_ended_statement_is_one_that_took_too_long() -> None:
    with pytest.raises(counting.TooSlow), counting.limited(5), connection.cursor() as cursor:
        cursor.execute("SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(3)")
    with pytest.raises(counting.Superseded), counting.limited(5, "count:1:7"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(3)")
    with pytest.raises(counting.TooSlow), counting.limited(0.1, "count:1:7"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(3)")
    with pytest.raises(OperationalError), counting.limited(5), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close()


def test_who_is_about_to_end_a_count_waits_until_it_has_left_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise the statement that is hit could be the next one of that connection, which is somebody's page."""
    reader, done, go = counting.reader(1, 7), threading.Event(), threading.Event()

    def work() -> None:
        with counting.limited(10, reader), connection.cursor() as cursor:
            cursor.execute(counting.HOLD, [reader])
            done.set()
            go.wait(5)

    thread = Counting(work)
    thread.start()
    assert done.wait(5)
    newer = Counting(lambda: counting.supersede(reader))
    newer.start()
    newer.join(0.5)
    assert newer.is_alive()
    go.set()
    newer.join(5)
    thread.join(5)
    assert newer.answer == 0


def test_the_editor_counts_under_the_name_of_its_reader_and_draft(marketer: Client) -> None:
    """A count of an earlier state of the draft is under way when the next change comes."""
    CustomerFactory(language="de")
    segment: Segment = SegmentFactory(name="Germans", rule=GERMAN)
    reader = counting.reader(marketer.user.pk, segment.pk)  # type: ignore[attr-defined]
    older = begun(reader, lambda: counting.count_within(SLOW, 15, reader))
    form = FORM | {"action": "show:r"}
    page = marketer.post(reverse("segment_edit", args=[segment.pk]), form, **FRAGMENT).content.decode()
    older.join(5)
    assert older.answer == SUPERSEDED
    assert '<p class="result-number">1</p>' in page
