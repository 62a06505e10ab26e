"""A present on the birthday: by her own clock, once a year, on 28 February where there is no 29th."""

from datetime import UTC, date, datetime, timedelta

import pytest

from customers import merging
from loyalty import birthdays, books
from loyalty.models import EarningRule, Entry
from tests.factories import CustomerFactory, UserFactory
from tests.loyalty import points
from tests.loyalty.points import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def program():
    made = points.program(expiry_months=12)
    points.rule(made, "birthday", points=100)
    return made


def born(on: date, **fields: object) -> int:
    return CustomerFactory(birthday=on, **fields).pk


def given(at: datetime) -> int:
    return birthdays.give(at)


def test_she_is_given_hers_once_however_often_is_asked() -> None:
    anna = born(date(1980, 5, 4))
    born(date(1980, 5, 9))
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    assert [given(at), given(at), given(at + DAY)] == [1, 0, 0]
    assert given(datetime(2027, 5, 4, 9, tzinfo=UTC)) == 1 + 0
    entry = Entry.objects.order_by("pk")[0]
    assert (entry.account.customer_id, entry.points, entry.reference) == (anna, 100, f"{anna}/2026")
    assert entry.lot.available_from == at
    assert not [verdict for verdict in books.check(at) if not verdict.green]


def test_the_day_begins_by_her_own_clock() -> None:
    born(date(1980, 5, 4), time_zone="Pacific/Auckland")
    born(date(1980, 5, 4), time_zone="America/Los_Angeles")
    assert given(datetime(2026, 5, 3, 11, 59, tzinfo=UTC)) == 0
    assert given(datetime(2026, 5, 3, 12, 1, tzinfo=UTC)) == 1  # the 4th has begun in Auckland
    assert given(datetime(2026, 5, 4, 6, 59, tzinfo=UTC)) == 0
    assert given(datetime(2026, 5, 4, 7, 1, tzinfo=UTC)) == 1


@pytest.mark.parametrize(
    ("day", "presents"),
    [(date(2027, 2, 28), 1), (date(2027, 3, 4), 0), (date(2028, 2, 28), 0), (date(2028, 2, 29), 1)],
)
def test_the_29th_of_february(day: date, presents: int) -> None:
    born(date(1996, 2, 29))
    assert given(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)) == presents


def test_a_night_without_workers_costs_nobody_a_present() -> None:
    born(date(1980, 12, 31))
    assert given(datetime(2027, 1, 2, 12, tzinfo=UTC)) == 1
    assert Entry.objects.get().reference.endswith("/2026")
    assert given(datetime(2027, 12, 31, 12, tzinfo=UTC)) == 1


def test_a_moved_birthday_and_a_new_rule_give_no_second_present(program) -> None:
    anna = CustomerFactory(birthday=date(1980, 5, 4))
    assert given(datetime(2026, 5, 4, 12, tzinfo=UTC)) == 1
    anna.birthday = date(1980, 8, 1)
    anna.save()
    EarningRule.objects.all().update(active=False)
    points.rule(program, "birthday", points=300)
    assert given(datetime(2026, 8, 1, 12, tzinfo=UTC)) == 0


def test_two_profiles_of_one_person_are_given_one_present() -> None:
    anna, other = (CustomerFactory(birthday=date(1980, 5, day)) for day in (4, 6))
    assert given(datetime(2026, 5, 4, 12, tzinfo=UTC)) == 1
    at = datetime(2026, 5, 5, 12, tzinfo=UTC)
    merging.merge(anna.pk, other.pk, UserFactory(), at)
    assert given(datetime(2026, 5, 6, 12, tzinfo=UTC)) == 0


def test_a_rule_that_does_not_count_on_the_day_gives_nothing(program) -> None:
    EarningRule.objects.update(ends_on=date(2026, 5, 3))
    points.terms.freeze(program, points.NOON)
    born(date(1980, 5, 4))
    assert given(datetime(2026, 5, 4, 12, tzinfo=UTC)) == 0


def test_any_number_is_given_in_a_fixed_number_of_statements(django_assert_max_num_queries) -> None:
    at = datetime(2026, 5, 4, 12, tzinfo=UTC)
    for _number in range(30):
        born(date(1980, 5, 4))
    with django_assert_max_num_queries(16):
        assert given(at) == 30
    assert given(at + timedelta(hours=1)) == 0
