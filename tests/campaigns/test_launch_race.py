"""F26: two staff press Send, somebody clicks twice, goes back and presses again: one run.

The window between looking and writing is held open until all have looked. The twin without lock and constraint
must go wrong, or the test proves nothing.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection

from campaigns import approval, audience, drafts, launch
from campaigns.models import Campaign, Occurrence
from tests.campaigns import make
from tests.campaigns.make import NOON

pytestmark = pytest.mark.fault("F26")

PRESSES = 4


def meeting_before_writing(monkeypatch: pytest.MonkeyPatch, wait: float) -> None:
    """All who got past the look at the state meet before they write; who is alone goes on after `wait`."""
    meeting, count = Barrier(PRESSES), audience.count

    def slow_count(*args: Any) -> int:
        with suppress(BrokenBarrierError):
            meeting.wait(wait)
        return count(*args)

    monkeypatch.setattr(audience, "count", slow_count)


def press_all(campaign: Campaign) -> list[int | str]:
    seen, users = approval.digest(campaign), [make.user() for _press in range(PRESSES)]

    def press(place: int) -> int | str:
        try:
            return launch.launch(campaign.pk, users[place], NOON.replace(second=place), seen=seen).pk
        except Exception as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(PRESSES) as pool:
        return list(pool.map(press, range(PRESSES)))


@contextmanager
def without_the_constraint() -> Iterator[None]:
    constraint = next(c for c in Occurrence._meta.constraints if c.name == "occurrence_one_open")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Occurrence, constraint)
    try:
        yield
    finally:
        Occurrence.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Occurrence, constraint)


def unlocked(campaign_id: int) -> Campaign:
    return Campaign.objects.select_related("message", "segment").get(pk=campaign_id)


@pytest.mark.django_db(transaction=True)
def test_many_presses_make_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = make.ready()
    meeting_before_writing(monkeypatch, 0.3)
    answers = press_all(campaign)
    assert Occurrence.objects.count() == 1
    assert answers == [Occurrence.objects.get().pk] * PRESSES


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_constraint_still_allows_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = make.ready()
    meeting_before_writing(monkeypatch, 5)
    monkeypatch.setattr(launch, "locked", unlocked)
    answers = press_all(campaign)
    assert Occurrence.objects.count() == 1
    assert answers.count("IntegrityError") == PRESSES - 1


@pytest.mark.django_db(transaction=True)
def test_the_twin_without_lock_and_constraint_goes_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = make.ready()
    meeting_before_writing(monkeypatch, 5)
    monkeypatch.setattr(launch, "locked", unlocked)
    with without_the_constraint():
        press_all(campaign)
        assert Occurrence.objects.count() > 1


@pytest.mark.django_db(transaction=True)
def test_an_edit_and_a_launch_at_once_do_not_mix(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign, user = make.ready(), make.user()
    other = make.segment("FR")
    meeting_before_writing(monkeypatch, 0.3)

    def edit() -> str:
        try:
            with drafts.editing(campaign.pk, 0, user) as draft:
                draft.segment = other
            return "edited"
        except Exception as error:
            return type(error).__name__
        finally:
            connection.close()

    def send() -> str:
        try:
            launch.launch(campaign.pk, user, NOON, seen=seen)
            return "launched"
        except Exception as error:
            return type(error).__name__
        finally:
            connection.close()

    seen = approval.digest(campaign)
    acts: list[Callable[[], str]] = [send, edit]
    with ThreadPoolExecutor(2) as pool:
        answers = {future.result() for future in [pool.submit(act) for act in acts]}
    assert answers in ({"launched", "Refused"}, {"Stale", "edited"})
