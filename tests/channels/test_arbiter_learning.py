"""Who stops answering is written to less often; who answers at a certain hour gets it then (C6, best time)."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from channels import habits
from channels.arbiter import frequency, learning, policy
from channels.arbiter.frequency import Asked, Call, Now
from channels.arbiter.policy import Cap
from channels.delivery import dry_runs
from channels.delivery.dry_runs import Outcome
from channels.models import Delivery, DeliveryEvent, DeliveryPolicy, Habit, MessageVersion
from customers.models import Customer, CustomerStats
from tests.channels import runs
from tests.channels.runs import NOW, Everybody
from tests.channels.test_arbiter_frequency import BERLIN, HERE, TODAY

numbers = count(1)
DAYS = timedelta(days=1)


@pytest.mark.parametrize(
    ("unanswered", "silent", "stretch"),
    [
        (0, 400, 1),
        (7, 400, 1),
        (8, 29, 1),  # eight messages within a month: too soon to tell
        (8, 30, 2),
        (19, 400, 2),
        (20, 89, 2),
        (20, 90, 4),
    ],
)
def test_it_takes_many_messages_and_a_long_time(unanswered: int, silent: int, stretch: int) -> None:
    assert learning.stretch(unanswered, silent * DAYS) == stretch


def test_the_windows_of_the_limits_grow() -> None:
    calls, caps = [Call("campaign", TODAY - 10 * DAYS), Call("campaign", TODAY - 9 * DAYS)], [Cap("", 7, 2)]
    usual, slowed = Asked(9, 5, "campaign"), Asked(9, 5, "campaign", stretch=2)
    assert frequency.decide(usual, calls, [], caps, HERE) == frequency.ROOM
    verdict = frequency.decide(slowed, calls, [], caps, HERE).verdict
    assert verdict is not None
    assert verdict.reason == "slowed"
    assert verdict.until == datetime(2026, 11, 26, 23, tzinfo=UTC)  # fourteen days after the first of the two
    full = frequency.decide(slowed, [*calls, Call("campaign", TODAY)] * 2, [], caps, HERE).verdict
    assert full is not None
    assert full.reason == "capped"


def hours(**at: int) -> list[int]:
    return [at.get(f"h{hour}", 0) for hour in range(24)]


ALL = range(24)


@pytest.mark.parametrize(
    ("own", "everybody", "allowed", "best"),
    [
        (hours(), hours(h18=90, h9=10), ALL, 18),  # nothing of her own: when most people answer
        (hours(h9=1), hours(h18=90, h9=10), ALL, 18),  # one answer says little
        (hours(h9=9), hours(h18=90, h9=10), ALL, 9),
        (hours(h9=2, h10=2, h11=2), hours(), ALL, 10),  # between its neighbours
        (hours(h23=5), hours(), range(8, 21), 8),
        (hours(h0=5), hours(h0=5), ALL, 0),
        (hours(h7=5, h20=5), hours(), ALL, 7),
        (hours(h7=5), hours(), (), None),
    ],
)
def test_her_hour_is_shrunk_to_everybodys(own: Any, everybody: Any, allowed: Any, best: int | None) -> None:
    assert learning.best_hour(own, everybody, allowed) == best


def test_the_hour_that_is_running_is_now() -> None:
    at = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
    assert learning.next_hour(at, 18) == at
    assert learning.next_hour(at, 19) == at.replace(hour=19, minute=0)
    assert learning.next_hour(at, 17) == (at + DAYS).replace(hour=17, minute=0)


# --- learning from rows ---

pytestmark = pytest.mark.django_db


def got(
    person: Customer, of: MessageVersion, ago: timedelta, clicked: timedelta | None = None, **fields: Any
) -> Delivery:
    row = Delivery.objects.create(
        **{
            "message": of.message,
            "version": of,
            "occurrence": next(numbers),
            "customer": person,
            "account": of.account,
            "channel": "email",
            "language": "de",
            "state": "delivered",
            "due_at": NOW - ago,
            "called_at": NOW - ago,
            "tracked": True,
        }
        | fields
    )
    if clicked is not None:
        DeliveryEvent.objects.create(
            delivery=row, kind="clicked", key=f"click {row.pk}", at=NOW - ago + clicked, human=True
        )
    return row


def usual_policy(**fields: Any) -> None:
    defaults: dict[str, Any] = {"caps": [{"cap_class": "", "days": 7, "most": 1}]}
    DeliveryPolicy.objects.update_or_create(pk=1, defaults=defaults | fields)


def test_a_night_of_learning() -> None:
    usual_policy()
    silent, answering, buying, shy = runs.customers(4)
    of = runs.version()
    for number in range(20):
        ago = timedelta(days=200 - 8 * number)
        got(silent, of, ago)
        got(answering, of, ago, clicked=timedelta(hours=8) if number > 10 else None)
        got(buying, of, ago)
        got(shy, of, ago, tracked=False)
    CustomerStats.objects.create(customer=buying, last_order_at=NOW - 50 * DAYS)
    assert habits.learn(NOW) == 3
    learnt = {habit.customer_id: habit for habit in Habit.objects.all()}
    assert set(learnt) == {silent.pk, answering.pk, buying.pk}
    assert (learnt[silent.pk].unanswered, learnt[silent.pk].stretch, learnt[silent.pk].hour) == (20, 4, None)
    assert (learnt[answering.pk].unanswered, learnt[answering.pk].stretch) == (0, 1)
    assert (learnt[answering.pk].hour, learnt[answering.pk].channel) == (19, "email")
    assert (learnt[buying.pk].unanswered, learnt[buying.pk].stretch) == (1, 1)
    assert policy.load().best_hour == 19  # 17 UTC, by the summer clock of most of them


def test_learning_again_changes_nothing_and_forgets_who_is_not_known_any_more() -> None:
    usual_policy()
    first, second = runs.customers(2)
    of = runs.version()
    got(first, of, 3 * DAYS, clicked=timedelta(hours=1))
    row = got(second, of, 3 * DAYS)
    habits.learn(NOW)
    before = list(Habit.objects.order_by("pk").values())
    habits.learn(NOW)
    assert list(Habit.objects.order_by("pk").values()) == before
    row.delete()
    habits.learn(NOW)
    assert list(Habit.objects.values_list("pk", flat=True)) == [first.pk]


def test_machines_and_what_comes_later_teach_nothing() -> None:
    usual_policy()
    [person] = runs.customers(1)
    got(person, runs.version(), 3 * DAYS, clicked=timedelta(hours=1))
    DeliveryEvent.objects.update(human=False)
    got(person, runs.version(), 2 * DAYS, clicked=9 * DAYS)
    habits.learn(NOW)
    assert Habit.objects.get().answered_at is None
    assert Habit.objects.get().unanswered == 2


def test_who_has_stopped_answering_waits_longer() -> None:
    usual_policy(quiet_from=None, quiet_until=None)
    answering, silent = runs.customers(2)
    past = runs.version()
    for person in (answering, silent):
        got(person, past, 12 * DAYS)
    Habit.objects.create(customer=silent, unanswered=8, stretch=2)
    version = runs.version()
    dry = dry_runs.count(version, Everybody(), NOW)
    assert dict(dry.counts) == {Outcome("send", ""): 1, Outcome("planned", "slowed"): 1}
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"accepted": 1, "planned slowed": 1}
    DeliveryPolicy.objects.update(slow_down=False)
    again = dry_runs.count(version.message, Everybody(), NOW).counts
    assert again == {
        Outcome("send", ""): 1,
        Outcome("expired", "capped"): 1,
    }  # the other one has just had hers


def test_each_gets_it_at_her_best_hour_within_a_day() -> None:
    usual_policy(best_hour=18)
    morning, evening, unknown = runs.customers(3)
    Habit.objects.create(customer=morning, hour=8)
    Habit.objects.create(customer=evening, hour=19)
    version = runs.version(best_time=True)
    dry = dry_runs.count(version, Everybody(), NOW)
    assert dict(dry.counts) == {Outcome("planned", "best_time"): 3}
    runs.planned(version)
    due = dict(Delivery.objects.values_list("customer_id", "due_at"))
    assert due == {
        morning.pk: datetime(2026, 11, 24, 7, tzinfo=UTC),
        evening.pk: datetime(2026, 11, 23, 18, tzinfo=UTC),
        unknown.pk: datetime(2026, 11, 23, 17, tzinfo=UTC),
    }
    assert set(Delivery.objects.values_list("reason", flat=True)) == {"best_time"}
    runs.send_all(NOW + timedelta(hours=9))
    assert runs.states(version) == {"accepted": 2, "planned best_time": 1}


def test_a_message_that_would_expire_does_not_wait_for_the_best_hour() -> None:
    usual_policy(best_hour=18)
    runs.customers(1)
    version = runs.version(best_time=True, expires_after=timedelta(hours=3))
    runs.planned(version)
    assert Delivery.objects.get().due_at == NOW


def test_only_hours_without_a_quiet_minute_are_best() -> None:
    usual_policy(quiet_from="20:30", quiet_until="08:00")
    assert habits.open_hours(policy.load()) == list(range(8, 20))
    assert Now(NOW, TODAY, BERLIN) == HERE
