"""Two editors at once: rules must not come to use each other, and what is being used must not be deleted."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from customers.models import Segment, User
from customers.segments import compiler, drafts, lending
from customers.segments.drafts import Refused, Work
from tests.customers.test_membership import GERMAN, NOON
from tests.customers.test_segment_lending import segment, within
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
WAIT = 40
LOCK = lending.lock


def meeting(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Stop each of two threads between its check, a function of drafts, and its write until the other is there too.

    With the lock that one never comes, so each goes on after a moment. Without it both do meet, however slow the
    machine is.
    """
    barrier, patience = threading.Barrier(2), 1 if lending.lock is LOCK else WAIT / 2

    def stopping(real: Callable[..., Any]) -> Callable[..., Any]:
        def checked(*args: Any, **more: Any) -> Any:
            found = real(*args, **more)
            with contextlib.suppress(threading.BrokenBarrierError):  # the lock keeps the other one waiting
                barrier.wait(patience)
            return found

        return checked

    for name in names:
        monkeypatch.setattr(drafts, name, stopping(getattr(drafts, name)))


def together(*jobs: Callable[[], object]) -> list[str]:
    said: list[str] = []

    def run(job: Callable[[], object]) -> None:
        try:
            job()
        except Refused as refused:
            said.append(refused.sentence)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
        assert not thread.is_alive()
    return said


@pytest.fixture
def editor() -> User:
    return UserFactory()


def circle(monkeypatch: pytest.MonkeyPatch, editor: User) -> list[str]:
    first, second = segment("First", GERMAN), segment("Second", GERMAN)
    meeting(monkeypatch, "_checked")

    def using(target: Segment, other: Segment) -> Callable[[], object]:
        work = Work(target, target.name, "", {"all": [within(other)]}, target.revision)
        return lambda: drafts.save(editor, work, NOON)

    return together(using(first, second), using(second, first))


def test_of_two_that_would_close_a_circle_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, editor: User
) -> None:
    (sentence,) = circle(monkeypatch, editor)
    assert "→" in sentence  # the way round, in the language of that thread
    assert not any(compiler.compile_rule(each.rule, NOON).faults for each in Segment.objects.all())


def test_without_the_lock_both_are_saved_and_match_nobody(
    monkeypatch: pytest.MonkeyPatch, editor: User
) -> None:
    """The negative control."""
    monkeypatch.setattr(lending, "lock", lambda: None)
    assert circle(monkeypatch, editor) == []
    assert all(compiler.compile_rule(s.rule, NOON).located[0].circular for s in Segment.objects.all())


def deleted_while_used(monkeypatch: pytest.MonkeyPatch, editor: User) -> list[str]:
    inner, outer = segment("Inner", GERMAN), segment("Outer", GERMAN)
    meeting(monkeypatch, "_checked", "users_of")
    work = Work(outer, "Outer", "", {"all": [within(inner)]}, outer.revision)
    return together(
        lambda: drafts.save(editor, work, NOON),
        lambda: drafts.delete(Segment.objects.get(pk=inner.pk), editor, NOON),
    )


def dangling() -> bool:
    outer = Segment.objects.get(name="Outer")
    return bool(compiler.compile_rule(outer.rule, NOON).faults)


def test_what_is_being_used_is_not_deleted(monkeypatch: pytest.MonkeyPatch, editor: User) -> None:
    deleted_while_used(monkeypatch, editor)
    assert not dangling()


def test_without_the_lock_a_rule_is_left_dangling(monkeypatch: pytest.MonkeyPatch, editor: User) -> None:
    """The negative control."""
    monkeypatch.setattr(lending, "lock", lambda: None)
    deleted_while_used(monkeypatch, editor)
    assert dangling()
