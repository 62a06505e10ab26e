"""F9: local wall times around clock changes fire once, at the instant that is expected."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from campaigns import schedule
from config import clocks

pytestmark = pytest.mark.fault("F9")

CASES = [
    # an ordinary day, and zones that know no clock change or half hours
    ("Europe/Berlin", "2026-12-24 18:00", "2026-12-24 17:00", clocks.PLAIN),
    ("Asia/Kolkata", "2027-03-28 02:30", "2027-03-27 21:00", clocks.PLAIN),
    ("Pacific/Kiritimati", "2027-01-01 00:30", "2026-12-31 10:30", clocks.PLAIN),
    # the skipped hour moves to the next instant that exists
    ("Europe/Berlin", "2027-03-28 02:00", "2027-03-28 01:00", clocks.SKIPPED),
    ("Europe/Berlin", "2027-03-28 02:30", "2027-03-28 01:00", clocks.SKIPPED),
    ("Europe/Berlin", "2027-03-28 03:00", "2027-03-28 01:00", clocks.PLAIN),
    ("America/New_York", "2027-03-14 02:30", "2027-03-14 07:00", clocks.SKIPPED),
    ("Australia/Lord_Howe", "2027-10-03 02:15", "2027-10-02 15:30", clocks.SKIPPED),
    ("Pacific/Apia", "2011-12-30 12:00", "2011-12-30 10:00", clocks.SKIPPED),  # a day that never was
    # the doubled hour is the first one
    ("Europe/Berlin", "2027-10-31 02:30", "2027-10-31 00:30", clocks.DOUBLED),
    ("America/New_York", "2027-11-07 01:30", "2027-11-07 05:30", clocks.DOUBLED),
    ("Australia/Lord_Howe", "2027-04-04 01:45", "2027-04-03 14:45", clocks.DOUBLED),
]


def wall_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("zone", "wall", "expected", "kind"), CASES)
def test_a_wall_time_is_due_at_the_expected_instant(zone: str, wall: str, expected: str, kind: str) -> None:
    assert clocks.instant(wall_time(wall), zone) == at(expected)
    assert clocks.kind(wall_time(wall), zone) == kind


@pytest.mark.parametrize(("zone", "wall", "expected", "kind"), CASES)
def test_it_does_not_matter_whether_the_wall_time_comes_from_a_form_or_from_the_database(
    zone: str, wall: str, expected: str, kind: str
) -> None:
    kept = schedule.stored(wall_time(wall))
    assert (clocks.instant(kept, zone), clocks.kind(kept, zone)) == (at(expected), kind)


@given(
    st.datetimes(wall_time("2020-01-01 00:00"), wall_time("2035-01-01 00:00")),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
)
def test_the_instant_shows_the_wall_time_or_the_first_one_after_it(wall: datetime, zone: str) -> None:
    due = clocks.instant(wall, zone)
    shown = due.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    if clocks.kind(wall, zone) == clocks.SKIPPED:
        assert timedelta(0) < shown - wall <= timedelta(hours=1)
        just_before = (due - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert just_before < wall
    else:
        assert shown == wall
    assert due <= clocks.instant(wall + timedelta(hours=3), zone)


def test_the_sentence_names_day_and_zone_in_the_language_of_the_reader() -> None:
    wall = wall_time("2026-12-24 18:00")
    with translation.override("en"):
        assert schedule.sentence(wall, "Europe/Berlin") == "Thursday, 24 Dec 2026, 18:00 Berlin time"
        assert schedule.sentence(wall, "Asia/Kolkata").endswith("18:00 local time in Kolkata")
    with translation.override("de"):
        assert schedule.sentence(wall, "Europe/Berlin").startswith("Donnerstag, 24.12.2026, 18:00")


def test_a_clock_change_is_told_before_it_bites() -> None:
    with translation.override("en"):
        assert "28 Mar 2027, 03:00" in schedule.warning(wall_time("2027-03-28 02:30"), "Europe/Berlin")
        assert "twice" in schedule.warning(wall_time("2027-10-31 02:30"), "Europe/Berlin")
        assert schedule.warning(wall_time("2027-07-01 02:30"), "Europe/Berlin") == ""


def test_a_public_holiday_is_named_and_what_the_delivery_policy_makes_of_it() -> None:
    christmas = wall_time("2026-12-25 10:00")
    with translation.override("de"):
        assert schedule.holiday(christmas, "DE", skipped=False) == (
            "Am 25.12.2026 ist in Deutschland Feiertag: Erster Weihnachtstag."
        )
        assert schedule.holiday(christmas, "DE", skipped=True).endswith("an dem gesendet werden darf.")
        assert "Feiertag" in schedule.holiday(christmas, "NL", skipped=False)
    with translation.override("en"):
        assert "a public holiday in Germany: Christmas Day." in schedule.holiday(
            christmas, "DE", skipped=False
        )
        for where in ("DE", "", "XX"):
            assert schedule.holiday(wall_time("2026-12-22 10:00"), where, skipped=True) == ""
        assert schedule.holiday(christmas, "XX", skipped=True) == ""
