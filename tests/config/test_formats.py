"""Money, numbers and times as the reader writes them."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from config import formats

AT = datetime(2026, 12, 24, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "money", "yen", "number", "moment", "day"),
    [
        ("de", "12.408,50\xa0€", "500\xa0¥", "12.408,5", "24.12.2026, 18:00", "03.01.2026"),
        ("en", "€12,408.50", "¥500", "12,408.5", "24 Dec 2026, 18:00", "3 Jan 2026"),
    ],
)
def test_a_reader_sees_her_own_notation(
    language: str, money: str, yen: str, number: str, moment: str, day: str
) -> None:
    with translation.override(language):
        assert formats.money(1240850, "EUR") == money
        assert formats.money(500, "JPY") == yen
        assert formats.number(12408.5) == number
        assert formats.moment(AT) == moment
        assert formats.day(date(2026, 1, 3)) == day


def test_a_moment_can_be_told_in_another_zone() -> None:
    with translation.override("de"):
        assert formats.moment(AT, "America/New_York") == "24.12.2026, 12:00"
        assert formats.zone_city("Europe/Vienna") == "Wien"


def test_a_day_is_that_of_the_installation_near_midnight() -> None:
    with translation.override("de"):
        assert formats.day(datetime(2026, 12, 24, 23, 30, tzinfo=UTC)) == "25.12.2026"


def test_other_languages_read_german_formats() -> None:
    with translation.override("fr"):
        assert formats.number(1234.5) == "1.234,5"
