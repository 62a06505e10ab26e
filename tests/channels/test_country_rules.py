"""Rules of countries: when the law or the networks there let a channel be used, and what the shop adds."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from babel import Locale
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.arbiter import country_rules, explain, places, policy, timing
from channels.arbiter.country_rules import EVERY_DAY, RULES, CountryRule
from channels.arbiter.openings import Openings
from channels.arbiter.policy import OPEN, Policy
from channels.arbiter.rows import Whereabouts
from channels.arbiter.timing import Window
from channels.delivery import dry_runs
from channels.delivery.dry_runs import Outcome
from channels.models import Account, Channel, Delivery, DeliveryPolicy
from channels.models.policy import validate_countries
from customers.models import AuditEntry, Customer
from tests.channels import runs
from tests.channels.runs import Everybody
from tests.channels.test_arbiter_channels import reachable
from tests.channels.test_delivery_policy_page import DATA

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
RULE = Policy(OPEN, False, (), timedelta(days=3), False, None, "Europe/Berlin", "DE")
NIGHT = (time(21), time(8))


def opens(country: str, channel: str, at: str, rule: Policy = RULE, zone: str = "") -> tuple[str, str]:
    where = Whereabouts(zone, country, channel, None)
    found = Openings(rule).of(where, datetime.fromisoformat(at).replace(tzinfo=UTC))
    return f"{found.at:%Y-%m-%d %H:%M}", found.reason


@pytest.mark.parametrize(("country", "rule"), RULES.items())
def test_each_row_of_the_table_can_be_obeyed_and_names_its_source(country: str, rule: CountryRule) -> None:
    assert country in Locale("en").territories
    assert rule.channels <= set(Channel.values)
    assert rule.basis
    assert RULE._replace(window=Window((NIGHT,), EVERY_DAY)).never() == []


@pytest.mark.parametrize(
    ("country", "zone", "asked", "opens_at", "reason"),
    [
        ("IN", "", "2026-11-23 15:29", "2026-11-23 15:29", ""),  # 20:59 in Kolkata
        ("IN", "", "2026-11-23 15:30", "2026-11-24 03:30", "quiet"),
        ("IN", "", "2026-11-24 03:29", "2026-11-24 03:30", "quiet"),
        ("US", "America/Chicago", "2026-11-23 13:59", "2026-11-23 14:00", "quiet"),
        ("US", "America/Chicago", "2026-11-24 03:00", "2026-11-24 14:00", "quiet"),
        # Nobody knows where in the country: 8 h in Honolulu to 21 h in New York.
        ("US", "", "2026-11-23 13:00", "2026-11-23 18:00", "quiet"),
        ("BR", "America/Sao_Paulo", "2026-11-23 11:30", "2026-11-23 12:00", "quiet"),
        ("fr", "", "2026-11-22 10:00", "2026-11-23 07:00", "day"),  # a Sunday
        ("FR", "", "2026-12-25 10:00", "2026-12-26 07:00", "holiday"),
        ("DE", "", "2026-11-23 23:00", "2026-11-23 23:00", ""),
    ],
)
def test_texts_wait_for_the_hours_of_the_country(
    country: str, zone: str, asked: str, opens_at: str, reason: str
) -> None:
    assert opens(country, "sms", asked, zone=zone) == (opens_at, reason)
    assert opens(country, "email", asked, zone=zone) == (asked, "")


def test_the_shops_hours_and_its_own_for_the_country_narrow_it_further() -> None:
    own = {"IN": CountryRule((time(12), time(14)), frozenset({0, 1, 2, 3, 4}))}
    rule = RULE._replace(window=Window(((time(19), time(8)),), EVERY_DAY), countries=own)
    window = rule.window_of("IN", "sms", None)
    assert window == Window(
        ((time(19), time(8)), (time(12), time(14)), (time(21), time(9))), frozenset(range(5))
    )
    assert opens("IN", "sms", "2026-11-23 02:40", rule) == (
        "2026-11-23 03:30",
        "quiet",
    )  # 8:10: the law's nine
    assert opens("IN", "email", "2026-11-23 02:40", rule) == ("2026-11-23 02:40", "")
    assert opens("IN", "email", "2026-11-23 07:00", rule) == (
        "2026-11-23 08:30",
        "quiet",
    )  # 12:30: the shop's noon
    assert opens("IN", "email", "2026-11-27 14:00", rule) == ("2026-11-30 02:30", "quiet")
    assert opens("IN", "email", "2026-11-28 05:00", rule) == ("2026-11-30 02:30", "day")


def test_days_of_a_message_do_not_lift_those_of_the_country() -> None:
    assert RULE.window_of("FR", "sms", (5, 6)).days == {5}
    assert RULE.window_of("FR", "email", (5, 6)).days == {5, 6}


def test_of_whom_we_know_no_country_the_shops_counts() -> None:
    assert RULE._replace(country="IN").window_of("", "sms", None) == RULE.window_of("IN", "sms", None)


def span(start: int, length: int) -> timing.Span:
    end = (start + length) % 96
    return time(start // 4, start % 4 * 15), time(end // 4, end % 4 * 15)


spans = st.builds(span, st.integers(0, 95), st.integers(1, 95))
days = st.integers(1, 127).map(lambda bits: frozenset(day for day in range(7) if bits >> day & 1))
own_rules = st.builds(CountryRule, st.none() | spans, days)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([*RULES, "DE", ""]),
    st.sampled_from(["", "America/Denver", "Asia/Kolkata", "Europe/Berlin"]),
    st.sampled_from(["sms", "email"]),
    st.none() | spans,
    st.none() | own_rules,
    st.integers(0, 366 * 24 * 60).map(lambda n: MONDAY + timedelta(minutes=n)),
)
def test_it_never_opens_in_quiet_hours_of_the_country(
    country: str,
    zone: str,
    channel: str,
    quiet: timing.Span | None,
    mine: CountryRule | None,
    at: datetime,
) -> None:
    """Looked at by the table itself, not by the window that is made from it."""
    own = {(country or "DE"): mine} if mine else {}
    rule = RULE._replace(window=Window((quiet,) if quiet else (), EVERY_DAY), countries=own)
    window = rule.window_of(country, channel, None)
    found = Openings(rule).of(Whereabouts(zone, country, channel, None), at)
    if not timing.ever_opens(window):
        assert found == (at + timing.HORIZON, timing.DAY)
        return
    clock = found.at.astimezone(places.zones(zone, country, "Europe/Berlin")[0])
    place = country or "DE"
    laws = [law for law in (RULES.get(place), mine) if law and law.holds_on(channel)]
    for law in laws:
        assert clock.weekday() in law.days
        if law.quiet:
            start, end = law.quiet
            minutes = [
                clock.hour * 60 + clock.minute,
                start.hour * 60 + start.minute,
                end.hour * 60 + end.minute,
            ]
            since = (minutes[0] - minutes[1]) % 1440
            assert since >= (minutes[2] - minutes[1]) % 1440
    assert Openings(rule).of(Whereabouts(zone, country, channel, None), at) == found


# --- with rows ---


def write(*countries: dict[str, Any], **fields: Any) -> None:
    defaults = {"caps": [], "quiet_from": None, "quiet_until": None, "countries": list(countries)} | fields
    DeliveryPolicy.objects.update_or_create(pk=1, defaults=defaults)


@pytest.mark.django_db
def test_planning_the_dry_run_the_slice_and_the_explanation_say_the_same() -> None:
    write()
    indian, german = runs.customers(2, email="")
    Customer.objects.filter(pk=indian.pk).update(country="IN")
    Customer.objects.filter(pk=german.pk).update(country="DE")
    for person in (indian, german):
        reachable(person)
    Account.objects.create(name="Phones", backend="sandbox", channel="sms")
    version = runs.version(channels=["sms"])
    evening, morning = MONDAY.replace(hour=18), datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
    dry = dry_runs.count(version, Everybody(), evening)
    assert dict(dry.counts) == {Outcome("send", ""): 1, Outcome("planned", "quiet"): 1}
    runs.planned(version, due_at=evening)
    row = Delivery.objects.get(customer=indian)
    assert (row.reason, row.due_at) == ("quiet", morning)
    said = {answer.gate: answer.verdict for answer in explain.explain(row.pk, evening)}
    assert (said["hours"].reason, said["hours"].until) == ("quiet", morning)
    Delivery.objects.update(due_at=evening)  # planned before the table had a row for her
    runs.send_all(evening)
    assert runs.states(version) == {"accepted": 1, "planned quiet": 1}
    assert runs.send_all(morning - timedelta(seconds=1)) == []
    runs.send_all(morning)
    assert runs.states(version) == {"accepted": 2}


@pytest.mark.django_db
def test_the_shops_own_hours_hold_for_mails_too() -> None:
    write({"country": "AT", "quiet_from": "18:00", "quiet_until": "09:00", "days": [0, 1, 2]})
    rule = policy.load()
    assert opens("AT", "email", "2026-11-25 17:00", rule) == ("2026-11-30 08:00", "quiet")
    assert opens("DE", "email", "2026-11-25 17:00", rule) == ("2026-11-25 17:00", "")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        [{"country": "IN"}],
        [{"country": "in", "quiet_from": "", "quiet_until": "", "days": [0]}],
        [{"country": "IN", "quiet_from": "20:00", "quiet_until": "", "days": [0]}],
        [{"country": "IN", "quiet_from": "20:00", "quiet_until": "20:00", "days": [0]}],
        [{"country": "IN", "quiet_from": "24:00", "quiet_until": "08:00", "days": [0]}],
        [{"country": "IN", "quiet_from": "", "quiet_until": "", "days": []}],
        [{"country": "IN", "quiet_from": "", "quiet_until": "", "days": [7]}],
    ],
)
def test_what_is_no_rule_is_not_kept(wrong: object) -> None:
    with pytest.raises(ValidationError):
        validate_countries(wrong)


# --- the page ---


def post(client: Client, **data: Any) -> Any:
    return client.post(reverse("delivery_policy"), DATA | data, follow=True)


def line(number: int, country: str, start: str, end: str, days: list[int]) -> dict[str, Any]:
    values = {"country": country, "quiet_from": start, "quiet_until": end, "days": days}
    return {f"place-{number}-{name}": value for name, value in values.items()}


@pytest.mark.django_db
def test_the_page_shows_the_rules_and_keeps_the_shops_own(administrator: Client) -> None:
    page = administrator.get(reverse("delivery_policy")).content.decode()
    assert "47 CFR 64.1200(c)(1)" in page
    assert "21:00 – 09:00" in page
    assert "Sun, public holidays" in page
    post(administrator, **line(0, "IN", "20:00", "10:00", [0, 1, 2, 3, 4, 5]), **line(1, "", "", "", []))
    kept = {"country": "IN", "quiet_from": "20:00", "quiet_until": "10:00", "days": [0, 1, 2, 3, 4, 5]}
    row = DeliveryPolicy.objects.get()
    assert row.countries == [kept]
    validate_countries(row.countries)
    assert "countries" in AuditEntry.objects.get().detail["fields"]
    page = administrator.get(reverse("delivery_policy")).content.decode()
    assert 'value="IN" selected' in page
    assert 'value="20:00"' in page
    post(administrator, **line(0, "", "20:00", "10:00", [0]))
    assert DeliveryPolicy.objects.get().countries == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (line(0, "IN", "20:00", "", [0]), "Enter both times"),
        (line(0, "IN", "20:00", "20:00", [0]), "would never end"),
        (line(0, "IN", "", "", []), "Choose at least one day"),
        (line(0, "IN", "", "", [0]) | line(1, "IN", "", "", [1]), "stands here twice"),
        (line(0, "XX", "", "", [0]), "XX is not one of the available choices"),
        (line(0, "IN", "09:00", "21:00", [0]), "Nobody in India could ever be written to"),
        (line(0, "FR", "", "", [6]), "Nobody in France could ever be written to"),
        ({"quiet_from": "07:00", "quiet_until": "22:00"}, "could ever be written to"),
        ({"place-TOTAL_FORMS": ""}, "ManagementForm"),
    ],
)
def test_what_cannot_be_obeyed_is_not_saved(
    administrator: Client, wrong: dict[str, Any], sentence: str
) -> None:
    page = post(administrator, **wrong).content.decode()
    assert sentence in page
    assert not AuditEntry.objects.exists()
    assert country_rules.AS_OF.strftime("%B %Y") in page
