"""When it is allowed by the recipient's clock: clock changes, midnight, zones, days, holidays."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from channels.arbiter import holidays, places, timing
from channels.arbiter.timing import DAY, HOLIDAY, QUIET, Opening, Window

ALL_DAYS = frozenset(range(7))
NIGHT = Window(((time(21), time(8)),), ALL_DAYS)
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


CASES = [
    # the day, and both ends of the night
    (BERLIN, "2026-11-23 09:00", NIGHT, "2026-11-23 09:00", ""),
    (BERLIN, "2026-11-23 19:59", NIGHT, "2026-11-23 19:59", ""),
    (BERLIN, "2026-11-23 20:00", NIGHT, "2026-11-24 07:00", QUIET),
    (BERLIN, "2026-11-24 02:00", NIGHT, "2026-11-24 07:00", QUIET),
    (BERLIN, "2026-11-24 07:00", NIGHT, "2026-11-24 07:00", ""),
    # the same moment is another time elsewhere
    (NEW_YORK, "2026-11-23 09:00", NIGHT, "2026-11-23 13:00", QUIET),
    # the nights of both clock changes are an hour shorter and longer
    (BERLIN, "2027-03-27 22:00", NIGHT, "2027-03-28 06:00", QUIET),
    (BERLIN, "2027-10-30 22:00", NIGHT, "2027-10-31 07:00", QUIET),
    # an end that is skipped, and one that comes twice
    (BERLIN, "2027-03-28 00:30", Window(((time(0), time(2, 30)),), ALL_DAYS), "2027-03-28 01:00", QUIET),
    (BERLIN, "2027-10-31 00:10", Window(((time(0), time(2, 30)),), ALL_DAYS), "2027-10-31 00:30", QUIET),
    (BERLIN, "2027-10-31 01:10", Window(((time(0), time(2, 30)),), ALL_DAYS), "2027-10-31 01:30", QUIET),
    # within one day
    (BERLIN, "2026-11-23 12:00", Window(((time(12), time(14)),), ALL_DAYS), "2026-11-23 13:00", QUIET),
    # Sunday is closed: Saturday night leads to Monday morning
    (BERLIN, "2026-11-21 21:00", NIGHT._replace(days=ALL_DAYS - {6}), "2026-11-23 07:00", QUIET),
    (BERLIN, "2026-11-22 12:00", NIGHT._replace(days=ALL_DAYS - {6}), "2026-11-23 07:00", DAY),
    # Good Friday to Easter Monday, and New Year's Eve into the next year
    (
        BERLIN,
        "2027-03-26 10:00",
        NIGHT._replace(days=frozenset(range(5)), country="DE"),
        "2027-03-30 06:00",
        HOLIDAY,
    ),
    (BERLIN, "2026-12-31 22:00", NIGHT._replace(country="DE"), "2027-01-02 07:00", QUIET),
]


@pytest.mark.parametrize(("zone", "asked", "window", "opens", "reason"), CASES)
def test_it_opens_at_the_first_allowed_moment(
    zone: ZoneInfo, asked: str, window: Window, opens: str, reason: str
) -> None:
    assert timing.opening(at(asked), [zone], window) == Opening(at(opens), reason)


def test_of_several_zones_all_have_to_be_open() -> None:
    found = timing.opening(at("2026-11-23 13:30"), places.zones("", "US", "Europe/Berlin"), NIGHT)
    assert found == Opening(at("2026-11-23 18:00"), QUIET)  # 8:00 in Honolulu, 13:00 in New York


def test_zones_that_are_never_open_together_leave_it_to_the_first() -> None:
    short = Window(((time(10), time(9)),), ALL_DAYS)
    zones = [BERLIN, ZoneInfo("Asia/Tokyo")]
    assert timing.opening(at("2026-11-23 12:00"), zones, short).at == at("2026-11-24 08:00")


@pytest.mark.parametrize(
    ("zone", "country", "first", "number"),
    [
        ("America/New_York", "DE", "America/New_York", 1),
        ("", "DE", "Europe/Berlin", 1),
        ("", "at", "Europe/Vienna", 1),
        ("Nowhere/At_All", "NL", "Europe/Amsterdam", 1),
        ("../etc/passwd", "", "Europe/Zurich", 1),
        ("", "XX", "Europe/Zurich", 1),
        ("", "", "Europe/Zurich", 1),
        ("", "US", "America/New_York", 8),
    ],
)
def test_her_zone_is_her_own_or_her_countrys_or_the_shops(
    zone: str, country: str, first: str, number: int
) -> None:
    found = places.zones(zone, country, "Europe/Zurich")
    assert (found[0].key, len(found)) == (first, number)


def test_holidays_are_those_of_the_country() -> None:
    german_unity = date(2026, 10, 3)
    assert german_unity in holidays.of("de", 2026)
    assert german_unity not in holidays.of("AT", 2026)
    assert holidays.of("XX", 2026) == holidays.of("", 2026) == frozenset()


quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
zone_names = st.sampled_from(
    [
        *("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC"),
        *(
            "America/St_Johns",
            "Asia/Beirut",
            "America/Santiago",
        ),  # the clocks of the last two change at midnight
    ]
)

moments = st.integers(0, 4 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(
    moments,
    st.lists(zone_names, min_size=1, max_size=2, unique=True),
    st.lists(st.tuples(quarters, quarters).filter(lambda pair: pair[0] != pair[1]), max_size=2),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.sampled_from(["", "DE", "US", "NL"]),
)
def test_it_is_never_closed_when_it_opens_and_never_opens_later_than_it_could(
    asked: datetime,
    names: list[str],
    quiet: list[timing.Span],
    days: frozenset[int],
    country: str,
) -> None:
    zones, window = [ZoneInfo(name) for name in names], Window(tuple(quiet), days, country)
    assume(timing.ever_opens(window))
    found = timing.opening(asked, zones, window)
    assert found == timing.opening(asked, zones, window)
    assert found.at >= asked
    assert timing.obstacle(found.at, zones[0], window) == ""
    assert (found.reason == "") == (found.at == asked)
    if len(zones) == 1 and found.at > asked:
        earlier = asked + (found.at - asked) * 0.37, found.at - timedelta(seconds=1), asked
        assert all(timing.obstacle(each, zones[0], window) for each in earlier if each >= asked)
