"""The tick: starts what is due once, plans in chunks that survive a crash, asks a human when it is late."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from campaigns import approval, audience, launch, running
from campaigns.models import Campaign, Occurrence
from channels.models import Delivery
from customers.models import AuditEntry, HookCall
from tests.campaigns import make
from tests.campaigns.make import NOON
from tests.customers import hooks

pytestmark = pytest.mark.django_db
State = Occurrence.State


def launched(campaign: Campaign, at: datetime = NOON) -> Occurrence:
    return launch.launch(campaign.pk, make.user(), at, seen=approval.digest(campaign))


def state(campaign: Campaign) -> tuple[str, str]:
    campaign.refresh_from_db()
    return campaign.state, campaign.occurrences.get().state


def test_a_due_run_plans_everybody_and_finishes_when_no_row_is_open() -> None:
    campaign = make.ready(people=3)
    run = launched(campaign)
    running.tick(NOON)
    assert state(campaign) == (Campaign.State.RUNNING, State.SENDING)
    rows = Delivery.objects.filter(occurrence=run.pk)
    assert rows.count() == 3
    rows.exclude(pk=rows.earliest("pk").pk).update(state=Delivery.State.DELIVERED)
    running.tick(NOON + make.hours(1))
    assert state(campaign) == (Campaign.State.RUNNING, State.SENDING)
    rows.update(state=Delivery.State.WITHHELD)
    running.tick(NOON + make.hours(2))
    assert state(campaign) == (Campaign.State.FINISHED, State.FINISHED)
    run.refresh_from_db()
    assert (run.started_at, run.finished_at, run.audience) == (NOON, NOON + make.hours(2), 3)


def test_a_run_goes_on_when_a_fallback_plans_people_again() -> None:
    """Hours after everybody was done; then it can be paused and resumed, and finishes again."""
    campaign = make.ready(people=2)
    launched(campaign)
    running.tick(NOON)
    Delivery.objects.update(state=Delivery.State.DELIVERED)
    running.tick(NOON)
    assert state(campaign) == (Campaign.State.FINISHED, State.FINISHED)
    Delivery.objects.filter(pk=Delivery.objects.earliest("pk").pk).update(state=Delivery.State.PLANNED)
    running.tick(NOON + make.hours(6))
    assert state(campaign) == (Campaign.State.RUNNING, State.SENDING)
    launch.pause(campaign.pk, make.user(), NOON + make.hours(6))
    launch.resume(campaign.pk, make.user(), NOON + make.hours(6))
    Delivery.objects.update(state=Delivery.State.DELIVERED)
    running.tick(NOON + make.hours(7))
    assert state(campaign) == (Campaign.State.FINISHED, State.FINISHED)


def test_that_a_run_is_over_is_told_once_with_its_people() -> None:
    """Though it goes on by a fallback and finishes again."""
    hooks.hook("https://erp.example/", "campaign.finished")
    campaign = make.ready(people=3)
    run = launched(campaign)
    running.tick(NOON)
    Delivery.objects.update(state=Delivery.State.BOUNCED)
    assert not HookCall.objects.exists()
    running.tick(NOON)
    data = HookCall.objects.get().body["data"]
    assert data["campaign"] == {"id": campaign.pk, "name": campaign.name}
    assert (data["run"], data["audience"], data["people"]) == (run.pk, 3, {"bounced": 3})
    Delivery.objects.filter(pk=Delivery.objects.earliest("pk").pk).update(state=Delivery.State.PLANNED)
    running.tick(NOON + make.hours(6))
    assert state(campaign)[1] == State.SENDING
    Delivery.objects.update(state=Delivery.State.DELIVERED)
    running.tick(NOON + make.hours(7))
    assert state(campaign)[1] == State.FINISHED
    assert HookCall.objects.count() == 1


@pytest.mark.parametrize("open_state", ["planned", "calling"])
def test_finished_is_derived_and_never_said_while_a_row_is_open(open_state: str) -> None:
    campaign = make.ready(people=1)
    launched(campaign)
    running.tick(NOON)
    Delivery.objects.update(state=open_state)
    running.tick(NOON)
    assert state(campaign)[1] == State.SENDING


def test_nothing_starts_before_its_time_and_everything_starts_once() -> None:
    campaign = make.ready(people=2, when="later", wall_time=NOON + timedelta(hours=5))
    run = launched(campaign)
    running.tick(run.due_at - timedelta(seconds=1))
    assert Delivery.objects.count() == 0
    for minute in range(3):
        running.tick(run.due_at + timedelta(minutes=minute))
    assert Delivery.objects.count() == 2


def test_planning_goes_on_where_a_crash_left_it(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = make.ready(people=7)
    run = launched(campaign)
    monkeypatch.setattr(running, "CHUNK", 2)
    running.begin(run.pk, NOON)
    assert running.plan_chunk(run.pk)
    assert Delivery.objects.count() == 2
    make.agreed(make.customer())  # one more, above the position
    running.tick(NOON + make.hours(5))
    assert Delivery.objects.count() == 8
    assert len(set(Delivery.objects.values_list("customer_id", flat=True))) == 8


def changed_meanwhile(monkeypatch: pytest.MonkeyPatch) -> Occurrence:
    """A run of six people of whom two are planned when a colleague gives the segment another rule."""
    campaign = make.ready(people=6)
    run = launched(campaign)
    monkeypatch.setattr(running, "CHUNK", 2)
    running.begin(run.pk, NOON)
    assert running.plan_chunk(run.pk)
    assert campaign.segment is not None
    campaign.segment.rule = make.rule("AT")
    campaign.segment.save()
    return run


@pytest.mark.fault("F23")
def test_a_segment_changed_or_deleted_while_its_run_is_planned_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changed_meanwhile(monkeypatch)
    running.tick(NOON + make.hours(1))
    assert len(set(Delivery.objects.values_list("customer_id", flat=True))) == 6

    deleted = make.ready(people=4)
    again = launched(deleted)
    running.begin(again.pk, NOON)
    assert running.plan_chunk(again.pk)
    segment = deleted.segment
    Campaign.objects.filter(pk=deleted.pk).update(segment=None)
    assert segment is not None
    segment.delete()
    running.tick(NOON + make.hours(2))
    assert Delivery.objects.filter(occurrence=again.pk).count() == 10


@pytest.mark.fault("F23", control=True)
def test_without_the_frozen_rule_the_rest_would_get_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    run = changed_meanwhile(monkeypatch)
    run.rule = audience.rule(Campaign.objects.get(pk=run.campaign_id))
    run.save()
    running.tick(NOON + make.hours(1))
    assert Delivery.objects.count() == 2


def test_a_chunk_and_its_position_are_kept_together(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = make.ready(people=4)
    run = launched(campaign)
    monkeypatch.setattr(running, "CHUNK", 2)
    running.begin(run.pk, NOON)
    monkeypatch.setattr(Occurrence, "save", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        running.plan_chunk(run.pk)
    assert Delivery.objects.count() == 0
    monkeypatch.undo()
    running.tick(NOON)
    assert Delivery.objects.count() == 4


def test_windows_of_the_rule_end_when_the_run_began_however_late_planning_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    campaign = make.ready(people=2)
    run = launched(campaign)
    asked: list[datetime] = []
    compiled = running.audience.compiled

    def spy(rule: dict[str, Any], at: datetime) -> Any:
        asked.append(at)
        return compiled(rule, at)

    running.begin(run.pk, NOON)
    monkeypatch.setattr(running.audience, "compiled", spy)
    running.tick(NOON + make.hours(1))
    assert set(asked) == {NOON}


@pytest.mark.fault("F7")
def test_more_than_two_hours_late_is_left_to_a_human() -> None:
    campaign = make.ready(people=1, when="later", wall_time=NOON + timedelta(hours=5))
    run = launched(campaign)
    running.tick(run.due_at + timedelta(hours=2, seconds=1))
    assert state(campaign) == (Campaign.State.SCHEDULED, State.LATE)
    running.tick(run.due_at + timedelta(hours=9))
    assert Delivery.objects.count() == 0
    launch.start_late(campaign.pk, make.user(), run.due_at + timedelta(hours=9))
    running.tick(run.due_at + timedelta(hours=9))
    assert Delivery.objects.count() == 1
    assert AuditEntry.objects.filter(action__in=["campaign.late", "campaign.late_start"]).count() == 2


def test_up_to_two_hours_late_starts_by_itself() -> None:
    campaign = make.ready(people=1)
    run = launched(campaign)
    running.tick(run.due_at + timedelta(hours=2))
    assert Delivery.objects.count() == 1


def test_what_is_late_can_be_cancelled_instead() -> None:
    campaign = make.ready(people=1)
    run = launched(campaign)
    running.tick(run.due_at + timedelta(hours=3))
    launch.cancel(campaign.pk, make.user(), run.due_at + timedelta(hours=3))
    running.tick(run.due_at + timedelta(hours=4))
    assert state(campaign) == (Campaign.State.CANCELLED, State.CANCELLED)
    assert Delivery.objects.count() == 0


def test_a_cancelled_run_plans_nobody_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = make.ready(people=4)
    run = launched(campaign)
    monkeypatch.setattr(running, "CHUNK", 2)
    running.begin(run.pk, NOON)
    running.plan_chunk(run.pk)
    launch.cancel(campaign.pk, make.user(), NOON)
    running.tick(NOON)
    assert list(Delivery.objects.values_list("state", flat=True)) == ["cancelled"] * 2


def test_an_audience_that_has_outgrown_its_launch_waits_for_a_second_person(settings: Any) -> None:
    settings.APPROVAL_THRESHOLD = 2
    campaign = make.ready(people=2, when="later", wall_time=NOON + timedelta(hours=5))
    run = launched(campaign)
    make.agreed(make.customer())
    running.tick(run.due_at)
    assert state(campaign) == (Campaign.State.WAITING, State.WAITING)
    assert Delivery.objects.count() == 0
    launch.release(campaign.pk, make.user("approver"), run.due_at, seen=approval.digest(campaign))
    running.tick(run.due_at)
    assert Delivery.objects.count() == 3


def test_a_rule_that_broke_after_the_launch_starts_nothing() -> None:
    campaign = make.ready(people=1)
    run = launched(campaign)
    run.rule = {"rule": {"all": [{"condition": "gone", "params": {}}]}, "exclusions": []}
    run.save()
    running.tick(NOON)
    assert state(campaign) == (Campaign.State.RUNNING, State.WAITING)


def test_what_sending_paused_by_itself_is_shown_as_paused() -> None:
    campaign = make.ready(people=1)
    launched(campaign)
    running.tick(NOON)
    campaign.message.paused_at = NOON
    campaign.message.save()
    running.tick(NOON)
    assert state(campaign)[0] == Campaign.State.PAUSED
