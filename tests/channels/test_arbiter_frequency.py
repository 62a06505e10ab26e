"""How often: the limits of the policy over all messages, and who comes first where there is not room for all."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from channels import consent
from channels.arbiter import contacts, explain, facts, frequency
from channels.arbiter.frequency import AGAIN, Asked, Call, Now, Rival
from channels.arbiter.policy import Cap
from channels.delivery import dry_runs, pace, pausing, sweeping
from channels.delivery.dry_runs import Outcome
from channels.models import Delivery, DeliveryPolicy, Habit, MessageVersion
from customers.models import Customer
from tests.channels import people, runs
from tests.channels.runs import NOW, Everybody

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = NOW.astimezone(BERLIN).date()
HERE = Now(NOW, TODAY, BERLIN)
DAILY, WEEKLY = Cap("", 1, 1), Cap("", 7, 2)
CAMPAIGN = Asked(9, 5, "campaign")


def ago(**time: float) -> Call:
    return Call("campaign", (NOW - timedelta(**time)).astimezone(BERLIN).date())


def rival(number: int, priority: int, cap_class: str, due_at: datetime) -> Rival:
    return Rival(number, priority, cap_class, due_at, due_at.astimezone(BERLIN).date())


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[arg-type, misc]


# NOW is a Monday, 23 November, 10:00 in Berlin.
FULL = [
    ((DAILY,), [], None),
    ((DAILY,), [ago(hours=10.5)], None),  # yesterday by her clock, if only just
    ((DAILY,), [ago(hours=9.5)], utc(2026, 11, 23, 23)),  # the next midnight in Berlin
    ((WEEKLY,), [ago(days=6), ago(days=1)], utc(2026, 11, 23, 23)),
    ((WEEKLY,), [ago(days=7), ago(days=1)], None),
    ((WEEKLY,), [ago(days=3), ago(days=1), ago(hours=1)], utc(2026, 11, 28, 23)),
    ((DAILY, WEEKLY), [ago(days=1), ago(hours=1)], utc(2026, 11, 28, 23)),  # the one that holds longest
    ((Cap("automatic", 1, 1),), [ago(hours=1)], None),
    ((Cap("campaign", 1, 1),), [ago(hours=1)], utc(2026, 11, 23, 23)),
    ((DAILY,), [Call("automatic", TODAY)], utc(2026, 11, 23, 23)),
]


@pytest.mark.parametrize(("caps", "calls", "until"), FULL)
def test_a_limit_counts_her_days(caps: tuple[Cap, ...], calls: list[Call], until: datetime | None) -> None:
    verdict = frequency.decide(CAMPAIGN, calls, [], caps, HERE).verdict
    assert (verdict and (verdict.reason, verdict.until)) == (until and ("capped", until))


def test_the_days_are_those_of_her_clock_also_when_it_changes() -> None:
    zone = ZoneInfo("America/New_York")
    sunday = Now(utc(2026, 11, 1, 15), date(2026, 11, 1), zone)  # the clocks went back in the night
    verdict = frequency.decide(CAMPAIGN, [Call("campaign", sunday.today)], [], [DAILY], sunday).verdict
    assert verdict is not None
    assert verdict.until == utc(2026, 11, 2, 5)


IN, OUT = True, False
RIVALS = [
    (rival(1, 4, "campaign", NOW), IN),
    (rival(99, 4, "campaign", NOW), IN),
    (rival(1, 6, "campaign", NOW), OUT),
    # more important and due today, or only when this message counts no more
    (rival(1, 4, "campaign", NOW + timedelta(hours=5)), IN),
    (rival(1, 4, "campaign", NOW + timedelta(hours=15)), OUT),
    # of equals the one that was planned first, if it is due
    (rival(1, 5, "campaign", NOW), IN),
    (rival(99, 5, "campaign", NOW), OUT),
    (rival(1, 5, "campaign", NOW + timedelta(minutes=1)), OUT),
    # another class needs room of its own only under the limit of all
    (rival(1, 4, "automatic", NOW), IN),
]


@pytest.mark.parametrize(("other", "wins"), RIVALS)
def test_who_takes_the_last_room(other: Rival, wins: bool) -> None:
    decision = frequency.decide(CAMPAIGN, [], [other], [DAILY], HERE)
    assert (decision.verdict is not None) == wins
    assert decision.rivals == ((other,) if wins else ())
    if decision.verdict:
        assert decision.verdict.until == max(NOW, other.due_at) + AGAIN


def test_rivals_do_not_matter_where_there_is_room_for_all() -> None:
    rivals = [rival(1, 4, "campaign", NOW)]
    assert frequency.decide(CAMPAIGN, [], rivals, [WEEKLY], HERE) == frequency.ROOM
    assert frequency.decide(CAMPAIGN, [ago(days=1)], rivals, [WEEKLY], HERE).verdict is not None
    assert frequency.decide(CAMPAIGN, [], rivals, [Cap("automatic", 1, 1)], HERE) == frequency.ROOM


def test_what_is_not_planned_yet_comes_behind_all_equals() -> None:
    asked, other = CAMPAIGN._replace(id=None), rival(99, 5, "campaign", NOW)
    assert frequency.decide(asked, [], [other], [DAILY], HERE).verdict is not None


# --- with the rows ---


def limit(*caps: tuple[str, int, int]) -> None:
    stored = [{"cap_class": cap_class, "days": days, "most": most} for cap_class, days, most in caps]
    DeliveryPolicy.objects.update_or_create(
        pk=1, defaults={"quiet_from": None, "quiet_until": None, "caps": stored}
    )


def sent_at(version: MessageVersion, at: datetime = NOW) -> None:
    """The tests' clock instead of the database's."""
    Delivery.objects.filter(message=version.message_id, called_at__isnull=False).update(called_at=at)


@pytest.mark.django_db
def test_the_second_message_of_the_day_waits_until_tomorrow() -> None:
    limit(("", 1, 1))
    runs.customers(2)
    first, second = runs.version(), runs.version()
    runs.planned(first)
    runs.send_all()
    sent_at(first)
    dry = dry_runs.count(second, Everybody(), NOW)
    assert dict(dry.counts) == {Outcome("planned", "capped"): 2}
    runs.planned(second)
    runs.send_all()
    assert runs.states(second) == {"planned capped": 2}
    midnight = utc(2026, 11, 23, 23)
    assert set(Delivery.objects.filter(state="planned").values_list("due_at", flat=True)) == {midnight}
    runs.send_all(midnight)
    assert runs.states(second) == {"accepted": 2}


@pytest.mark.django_db
def test_who_had_the_same_is_still_judged_by_her_own_clock_and_habit() -> None:
    """Four people with a message each, judged together: cases that are alike are worked out once, these are not."""
    limit(("", 1, 1))
    berlin, new_york, usual, silent = runs.customers(4)
    Customer.objects.filter(pk=new_york.pk).update(time_zone="America/New_York")
    Habit.objects.create(customer=silent, unanswered=8, stretch=3)
    first = runs.version()
    runs.planned(first)
    runs.send_all()
    for pair, hours in (((berlin, new_york), 9), ((usual, silent), 25)):
        Delivery.objects.filter(customer__in=pair).update(called_at=NOW - timedelta(hours=hours))
    people = dry_runs.count(runs.version(), Everybody(), NOW).people
    assert people[Outcome("planned", "capped")] == [berlin.pk]  # at 1 in the morning, hers of today
    assert people[Outcome("send", "")] == [new_york.pk, usual.pk]  # at 7 in the evening of the day before
    assert people[Outcome("planned", "slowed")] == [silent.pk]


@pytest.mark.django_db
def test_the_wait_ends_in_the_morning_where_the_night_is_quiet() -> None:
    limit(("", 1, 1))
    DeliveryPolicy.objects.update(quiet_from="21:00", quiet_until="08:00")
    runs.customers(1)
    first, second = runs.version(), runs.version()
    runs.planned(first)
    runs.send_all()
    sent_at(first)
    runs.planned(second)
    runs.send_all()
    assert Delivery.objects.get(state="planned").due_at == utc(2026, 11, 24, 7)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "counts"),
    [
        *[(state, True) for state in ("calling", "accepted", "delivered", "complained", "unknown")],
        *[(state, False) for state in ("bounced", "refused", "withheld", "expired", "render_error")],
    ],
)
def test_what_she_has_or_may_have_counts(state: str, counts: bool) -> None:
    limit(("", 1, 1))
    runs.customers(1)
    first, second = runs.version(), runs.version()
    runs.planned(first)
    Delivery.objects.update(state=state, called_at=NOW)
    runs.planned(second)
    runs.send_all()
    assert runs.states(second) == ({"planned capped": 1} if counts else {"accepted": 1})


@pytest.mark.django_db
def test_service_messages_are_neither_counted_nor_stopped() -> None:
    limit(("", 1, 1))
    runs.customers(1)
    marketing, first, second = (
        runs.version(),
        runs.version(purpose="service"),
        runs.version(purpose="service"),
    )
    for version in (first, marketing, second):
        runs.planned(version)
        runs.send_all()
        assert runs.states(version) == {"accepted": 1}
        sent_at(version)


@pytest.mark.django_db
def test_a_class_has_a_limit_of_its_own() -> None:
    limit(("automatic", 1, 1), ("", 1, 3))
    runs.customers(1)
    versions = [
        runs.version(cap_class=each)
        for each in ("automatic", "automatic", "campaign", "campaign", "campaign")
    ]
    for version in versions:
        runs.planned(version)
        runs.send_all()
        sent_at(version)
    assert [runs.states(version) for version in versions] == [
        {"accepted": 1},
        {"planned capped": 1},
        {"accepted": 1},
        {"accepted": 1},
        {"planned capped": 1},
    ]


@pytest.mark.django_db
def test_the_more_important_message_gets_the_room_though_it_is_planned_later() -> None:
    limit(("", 1, 1))
    runs.customers(3)
    less, more = runs.version(priority=6, backend="scripted"), runs.version(priority=3)
    runs.planned(less)
    runs.planned(more, due_at=NOW + timedelta(hours=2))
    runs.send_all()
    assert runs.states(less) == {"planned lost_priority": 3}
    later = NOW + timedelta(hours=2)
    assert {row.due_at for row in Delivery.objects.filter(message=less.message_id)} == {later + AGAIN}
    runs.send_all(later)
    sent_at(more, later)
    runs.send_all(later + AGAIN)
    assert runs.states(more) == {"accepted": 3}
    assert runs.states(less) == {"planned capped": 3}


@pytest.mark.django_db
def test_two_messages_in_one_slice_do_not_both_take_the_last_room() -> None:
    limit(("", 1, 1))
    runs.customers(2)
    first, second = runs.version(), runs.version()
    runs.planned(first)
    runs.planned(second)
    runs.send_all()
    assert runs.states(first) == {"accepted": 2}
    assert runs.states(second) == {"planned lost_priority": 2}


@pytest.mark.django_db
def test_who_will_not_go_takes_nobodys_room() -> None:
    """A more important message that is paused, cancelled, expired, for the controls, or not allowed."""
    limit(("", 1, 1))
    [person] = runs.customers(1, permitted=False)
    versions = [runs.version(priority=0) for _ in range(4)]
    versions.append(runs.version(priority=0, topic=people.topic("offers")))
    consent.record([people.yes(person, versions[0].message.topic)], NOW)
    for version in versions:
        runs.planned(version)
    paused, cancelled, expired, control, _forbidden = versions
    pausing.pause(paused.message_id, NOW)
    type(cancelled.message).objects.filter(pk=cancelled.message_id).update(cancelled_at=NOW)
    Delivery.objects.filter(message=expired.message_id).update(expires_at=NOW)
    Delivery.objects.filter(message=control.message_id).update(arm="holdout")
    [row] = runs.planned(runs.version())
    assert _frequency(row.pk) == ""
    pausing.resume(paused.message_id)
    assert _frequency(row.pk) == "lost_priority"


def _frequency(delivery_id: int) -> str:
    answers = {answer.gate: answer.verdict.reason for answer in explain.explain(delivery_id, NOW)}
    return answers["frequency"]


@pytest.mark.django_db
def test_an_equal_whose_account_rests_lets_the_others_go() -> None:
    limit(("", 1, 1))
    runs.customers(1)
    first, second = runs.version(), runs.version(priority=6)
    runs.planned(first)
    Delivery.objects.update(priority=6)
    runs.planned(second)
    assert runs.states(second) == {"planned": 1}
    [before, after] = [rival(1, 6, "campaign", due) for due in (NOW, NOW + timedelta(minutes=9))]
    asked = Asked(2, 6, "campaign")
    assert frequency.goes_before(before, asked, NOW)
    assert not frequency.goes_before(after, asked, NOW)
    pace.rest(first.account_id, NOW, asked=540)
    [row] = facts.load([Delivery.objects.get(message=second.message_id).pk])
    [found] = contacts.load([row], ["UTC"], NOW, NOW).rivals[row.id]
    assert found.due_at == NOW + timedelta(minutes=9)


@pytest.mark.django_db
def test_what_waits_for_room_expires_in_the_end() -> None:
    limit(("", 7, 1))
    runs.customers(1)
    first, second = runs.version(), runs.version(expires_after=timedelta(days=2))
    runs.planned(first)
    runs.send_all()
    sent_at(first)
    runs.planned(second)
    runs.send_all()
    assert runs.states(second) == {"planned capped": 1}
    sweeping.sweep(NOW + timedelta(days=2))
    assert runs.states(second) == {"expired capped": 1}


@pytest.mark.django_db
def test_what_people_had_is_looked_up_by_its_indexes() -> None:
    runs.customers(600)
    for _ in range(3):
        runs.planned(runs.version())
        runs.send_all()
    runs.planned(runs.version())
    rows = facts.load(list(Delivery.objects.filter(state="planned").values_list("id", flat=True)[:200]))
    values = contacts.values(rows, ["Europe/Berlin"] * len(rows), NOW - timedelta(days=8), NOW)
    with connection.cursor() as cursor:
        for prepare in ("SELECT 1", "ANALYZE channels_delivery"):
            cursor.execute(prepare)
            cursor.execute("EXPLAIN " + contacts.CONTACTS, values)
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "delivery_reached" in plan
            assert "delivery_waiting" in plan
            assert "Seq Scan on channels_delivery" not in plan
