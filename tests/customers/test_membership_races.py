"""Two runs at once, and facts that commit in any order, on real connections."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from customers import dirty
from customers.models import Customer, Dirty, Segment
from customers.segments.membership import checking, differences, keeping, readings
from tests.customers.test_membership import GERMAN, NOON, made, members
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db(transaction=True)
WAIT = 20


def clock() -> Any:
    return NOON


def beside(job: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        job()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


class Paused:
    """`belonging` that stops after asking, in one thread, until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked, self.go = threading.Event(), threading.Event()
        ask, first = checking.belonging, threading.Lock()

        def belonging(*args: Any) -> Any:
            answer = ask(*args)
            if first.acquire(blocking=False):
                self.asked.set()
                assert self.go.wait(WAIT)
            return answer

        monkeypatch.setattr(checking, "belonging", belonging)


def speaks(person: Customer, language: str) -> None:
    with transaction.atomic():
        Customer.objects.filter(pk=person.pk).update(language=language)
        dirty.mark([person.pk], NOON)


@pytest.fixture
def segment() -> Segment:
    segment = made(GERMAN)
    assert keeping.tick(clock)
    return segment


def overlap(monkeypatch: pytest.MonkeyPatch, anna: Customer) -> bool:
    """A run has read that she speaks German; she changes, and another run begins. What the second one said."""
    speaks(anna, "de")
    paused = Paused(monkeypatch)
    first = beside(lambda: keeping.sweep(clock))
    assert paused.asked.wait(WAIT)
    speaks(anna, "en")
    second = keeping.sweep(clock)
    paused.go.set()
    first.join()
    return second


def test_a_second_run_does_nothing_and_what_it_left_is_done_next(
    monkeypatch: pytest.MonkeyPatch, segment: Segment
) -> None:
    anna = CustomerFactory(language="en")
    assert overlap(monkeypatch, anna) is False
    assert members(segment) == {anna.pk}
    assert Dirty.objects.count() == 1
    assert keeping.tick(clock)
    assert members(segment) == set()


def test_without_the_lock_the_older_word_stays(monkeypatch: pytest.MonkeyPatch, segment: Segment) -> None:
    """The negative control."""
    anna = CustomerFactory(language="en")
    monkeypatch.setattr(keeping, "_locked", lambda: True)
    assert overlap(monkeypatch, anna) is True
    assert keeping.tick(clock)
    assert members(segment) == {anna.pk}, "a member who speaks English, and nothing is left to sweep"


def test_a_fact_that_commits_late_with_a_low_id_is_swept(segment: Segment) -> None:
    slow, quick = CustomerFactory(language="en"), CustomerFactory(language="en")
    marked, go = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            Customer.objects.filter(pk=slow.pk).update(language="de")
            dirty.mark([slow.pk], NOON)
            marked.set()
            assert go.wait(WAIT)

    thread = beside(slowly)
    assert marked.wait(WAIT)
    speaks(quick, "de")
    assert keeping.tick(clock)
    assert members(segment) == {quick.pk}
    go.set()
    thread.join()
    assert keeping.tick(clock)
    assert members(segment) == {quick.pk, slow.pk}


def test_a_fact_during_a_sweep_of_the_same_person_is_not_lost(
    monkeypatch: pytest.MonkeyPatch, segment: Segment
) -> None:
    """Why the rows are plain inserts: with a unique key and DO NOTHING this fact would be swept away unread."""
    anna = CustomerFactory(language="en")
    dirty.mark([anna.pk], NOON)
    paused = Paused(monkeypatch)
    thread = beside(lambda: keeping.sweep(clock))
    assert paused.asked.wait(WAIT)
    speaks(anna, "de")
    paused.go.set()
    thread.join()
    assert members(segment) == set()
    assert keeping.tick(clock)
    assert members(segment) == {anna.pk}


def test_a_run_that_dies_between_taking_and_writing_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, segment: Segment
) -> None:
    anna = CustomerFactory(language="en")
    speaks(anna, "de")
    real = differences.of_people

    def dies(*_args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(differences, "of_people", dies)
    with pytest.raises(KeyboardInterrupt):
        keeping.sweep(clock)
    assert Dirty.objects.count() == 1
    monkeypatch.setattr(differences, "of_people", real)
    assert keeping.sweep(clock)
    assert members(segment) == {anna.pk}


def test_readers_see_the_old_members_until_the_new_rule_is_applied(
    monkeypatch: pytest.MonkeyPatch, segment: Segment
) -> None:
    people = [CustomerFactory(language=language) for language in ("de", "de", "en")]
    dirty.mark([person.pk for person in people], NOON)
    assert keeping.tick(clock)
    english = {"all": [{"condition": "language", "params": {"languages": ["en"]}}]}
    Segment.objects.filter(pk=segment.pk).update(rule=english, revision=2)
    written, go = threading.Event(), threading.Event()
    tell = differences._tell

    def pause(*args: Any, **more: Any) -> None:
        tell(*args, **more)
        written.set()
        assert go.wait(WAIT)

    monkeypatch.setattr(differences, "_tell", pause)
    thread = beside(lambda: keeping.build(segment.pk, clock))
    assert written.wait(WAIT)
    assert members(segment) == {people[0].pk, people[1].pk}
    Segment.objects.filter(pk=segment.pk).update(name="Saving does not wait for the build")
    go.set()
    thread.join()
    assert members(segment) == {people[2].pk}
    assert readings.uses(english) == set()
