"""When nobody is called what was typed, those who may be meant are offered: one letter wrong, the end of a number."""

import pytest

from customers import alike
from customers.models import Customer
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Meier", "meyer"),
        ("Meier", "maier"),
        ("Meier", "meiier"),
        ("Meier", "meer"),
        ("Meier", "mieer"),
        ("Müller", "mueler"),
        ("Müller", "Möller"),
        ("Hoffmann", "hofmann"),
        ("Schmidt", "schmitt"),
        ("Großmann", "grosman"),
        ("Stephan", "stefan"),
        ("Zimmermann", "zimerman"),
        ("Zimerman", "Zimmermann"),
        ("Mayer", "meier"),
        ("Anna Kowalski", "anna kovalski"),
        ("Anna Kowalski", "ana kovalski"),
    ],
)
def test_a_name_that_is_nearly_right_finds_her(name: str, typed: str) -> None:
    customer = CustomerFactory(first_name="", last_name=name, email="")
    CustomerFactory(first_name="Bernd", last_name="Weber", email="")
    people = Customer.objects.all()
    assert alike.closest(people, typed, 8) == [customer]


def test_who_is_called_so_is_found_and_nobody_else() -> None:
    meier, meyer = (CustomerFactory(first_name="", last_name=name, email="") for name in ("Meier", "Meyer"))
    assert alike.closest(Customer.objects.all(), "meier", 8) == [meier]
    assert alike.find(Customer.objects.all(), "meyerr", 8) == [meyer]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "abc",
        "xyzzy",
        "mey",
        "m'eyer | anna",
        "a" * 21,
        "one two three four five",
        "711",
        "+",
        "%",
        "4711x",
    ],
)
def test_nonsense_and_what_is_too_short_find_nobody(typed: str) -> None:
    CustomerFactory(first_name="Anna", last_name="Meier", phone="+491715554711", email="")
    assert alike.find(Customer.objects.all(), typed, 8) == []


def test_the_last_digits_of_a_phone_number() -> None:
    anna = CustomerFactory(phone="+491715554711")
    CustomerFactory(phone="+491715554712")
    CustomerFactory(phone="")
    for typed in ("4711", "555 4711", "(55) 47-11"):
        assert alike.find(Customer.objects.all(), typed, 8) == [anna]


def test_some_of_each_name_that_may_be_meant_are_offered() -> None:
    """Else the first in the alphabet would take all the room."""
    for number in range(9):
        CustomerFactory(first_name="", last_name="Mulder", email=f"{number}@example.org")
    for number in range(3):
        CustomerFactory(first_name="", last_name="Müller", email=f"m{number}@example.org")
    found = [each.last_name for each in alike.find(Customer.objects.all(), "mueler", 8)]
    assert found == ["Mulder"] * 5 + ["Müller"] * 3


def test_whose_name_was_stated_whole_is_one_of_that_name() -> None:
    for number in range(4):
        CustomerFactory(first_name="", last_name="Mulder", email=f"{number}@example.org")
    for first_name in "BD":
        CustomerFactory(first_name=first_name, last_name="Müller")
    for first_name in "AC":
        CustomerFactory(first_name="", last_name="", attributes={"name": f"{first_name} Müller"})
    found = [str(each) for each in alike.find(Customer.objects.all(), "mueler", 4)]
    assert found == ["Mulder", "Mulder", "A Müller", "B Müller"]
