"""Texts go by the country of the number as well as by that of the address: the stricter of both."""

import time
from datetime import UTC, datetime

import pytest

from channels.arbiter import explain, numbers
from channels.arbiter.openings import Openings
from channels.arbiter.rows import Whereabouts
from channels.delivery import dry_runs
from channels.delivery.dry_runs import Outcome
from channels.models import Account, Delivery
from customers.models import Customer
from tests.channels import runs
from tests.channels.runs import Everybody
from tests.channels.test_country_rules import MONDAY, RULE, reachable, write


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+4915112345678", "DE"),
        ("+919812345678", "IN"),
        ("+33612345678", "FR"),
        ("+12125550123", "US"),
        ("+14165550123", "CA"),
        ("+17875550123", "PR"),
        ("+18095550123", "DO"),
        ("+447911123456", "GB"),
        ("+35312345", "IE"),
        ("+1", ""),
        ("+1999", ""),
        ("+", ""),
        ("+999123", ""),
        ("+80012345678", ""),  # of no country
        ("015112345678", ""),
        ("+49x", "DE"),
        ("+٤٩15112", ""),
    ],
)
def test_the_first_digits_tell_the_country(number: str, country: str) -> None:
    assert numbers.country(numbers.first_digits("sms", number)) == country
    assert numbers.first_digits("email", number) == ""


def opens(number: str, country: str, asked: str, zone: str = "", channel: str = "sms") -> tuple[str, str]:
    where = Whereabouts(zone, country, channel, None, numbers.first_digits(channel, number))
    found = Openings(RULE).of(where, datetime.fromisoformat(asked).replace(tzinfo=UTC))
    return f"{found.at.astimezone(UTC):%Y-%m-%d %H:%M}", found.reason


@pytest.mark.parametrize(
    ("number", "country", "asked", "opens_at", "reason"),
    [
        # A German address and an Indian number: 9 to 21 h in India.
        ("+919812345678", "DE", "2026-11-23 16:00", "2026-11-24 03:30", "quiet"),
        # Nobody knows where she lives: where her number is.
        ("+919812345678", "", "2026-11-23 16:00", "2026-11-24 03:30", "quiet"),
        # An Indian address and a German number: the law asks where she is.
        ("+4915112345678", "IN", "2026-11-23 16:00", "2026-11-24 03:30", "quiet"),
        # A French number: never on Sundays and the holidays of France, in Germany either.
        ("+33612345678", "DE", "2026-11-22 10:00", "2026-11-23 07:00", "day"),
        ("+33612345678", "DE", "2026-07-14 10:00", "2026-07-15 06:00", "holiday"),
        # Neither country has rules.
        ("+43664123456", "DE", "2026-11-23 23:00", "2026-11-23 23:00", ""),
        # Both have rules: 21 h in India, and 8 h in France the next morning.
        ("+919812345678", "FR", "2026-11-23 16:00", "2026-11-24 07:00", "quiet"),
        # 9 to 21 h in India and 8 to 21 h in all of the USA never are together, in New York they are.
        ("+12125550123", "IN", "2026-11-23 08:00", "2026-11-23 13:00", "quiet"),
        # Somewhere in the USA it is night whenever it is day in India: nobody is woken because of a number.
        ("+919812345678", "US", "2026-11-23 10:00", "2026-11-23 18:00", "quiet"),
    ],
)
def test_the_stricter_of_both_holds(
    number: str, country: str, asked: str, opens_at: str, reason: str
) -> None:
    assert opens(number, country, asked) == (opens_at, reason)
    if country:
        assert opens(number, country, asked, channel="email") == (asked, "")


def test_of_somebody_without_a_country_the_number_s_own_clock_counts_beside_hers() -> None:
    assert opens("+12125550123", "", "2026-11-23 10:00", "Europe/Berlin") == ("2026-11-23 18:00", "quiet")


def test_a_number_of_the_same_country_changes_nothing() -> None:
    """Nor does its area code: people take their numbers with them."""
    for number in ("", "+12125550123", "+18085550123"):
        assert opens(number, "US", "2026-11-23 13:59", "America/Chicago") == ("2026-11-23 14:00", "quiet")


@pytest.mark.django_db
def test_planning_the_dry_run_the_slice_and_the_explanation_say_the_same() -> None:
    write()
    abroad, here = runs.customers(2, email="", country="DE")
    for person, number in ((abroad, "+919812345678"), (here, "+4915112345678")):
        reachable(person)
        Customer.objects.filter(pk=person.pk).update(phone=number)
    Account.objects.create(name="Phones", backend="sandbox", channel="sms")
    version = runs.version(channels=["sms"])
    evening, morning = MONDAY.replace(hour=18), datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
    dry = dry_runs.count(version, Everybody(), evening)
    assert dict(dry.counts) == {Outcome("send", ""): 1, Outcome("planned", "quiet"): 1}
    runs.planned(version, due_at=evening)
    row = Delivery.objects.get(customer=abroad)
    assert (row.reason, row.due_at) == ("quiet", morning)
    said = {answer.gate: answer.verdict for answer in explain.explain(row.pk, evening)}
    assert (said["hours"].reason, said["hours"].until) == ("quiet", row.due_at)
    Delivery.objects.update(due_at=evening)
    runs.send_all(evening)
    assert runs.states(version) == {"accepted": 1, "planned quiet": 1}


def test_many_numbers_cost_little() -> None:
    many = [f"+49151{n:08}" for n in range(100_000)]
    began = time.monotonic()
    assert {numbers.country(numbers.first_digits("sms", each)) for each in many} == {"DE"}
    assert time.monotonic() - began < 1
