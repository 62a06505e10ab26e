"""The rule of docs/consent.md: the cache, the loader and the SQL agree with a slow and obvious reader."""

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels import consent
from channels.models import Consent
from tests.channels.people import NOON, customer, no, topic, yes

LATER = NOON + timedelta(days=1)
WORD = st.tuples(
    st.booleans(), st.sampled_from([None, 0, 1]), st.integers(0, 4), st.sampled_from(["sending", "tracking"])
)


def obvious(rows: list[Consent], asked: int | None, purpose: str) -> bool:
    """Read the whole ledger forwards; at one instant the yes is read first."""
    answer = False
    for row in sorted(rows, key=lambda row: (row.stated_at, row.state == "withdrawn")):
        if row.purpose == purpose and row.topic_id in (None, asked):
            answer = row.state == "granted"
    return answer


def allowed(asked: int | None, purpose: str) -> set[int]:
    sql, params = consent.allowed_sql("email", asked, purpose)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(WORD, min_size=1, max_size=5), min_size=1, max_size=4))
def test_every_history_reads_the_same_three_ways(batches):
    anna = customer()
    topics = [topic(f"t{anna.pk}-{n}") for n in range(2)]
    for batch in batches:
        say = [
            (yes if granted else no)(anna, None if about is None else topics[about], minutes, purpose)
            for granted, about, minutes, purpose in batch
        ]
        consent.record(say, LATER)
    rows = list(Consent.objects.filter(customer=anna))
    for asked in [None, *(each.pk for each in topics)]:
        facts = consent.load([anna.pk], "email", asked)[anna.pk]
        assert facts.may_send == obvious(rows, asked, "sending") == (anna.pk in allowed(asked, "sending"))
        assert facts.may_track == obvious(rows, asked, "tracking") == (anna.pk in allowed(asked, "tracking"))
    assert consent.check_permissions() == []


@pytest.mark.django_db
def test_a_no_to_everything_beats_an_older_yes_to_a_topic_and_yields_to_a_newer_one():
    anna, news = customer(), topic()
    consent.record([yes(anna, news, minutes=1), no(anna, minutes=2)], LATER)
    assert not consent.load([anna.pk], "email", news.pk)[anna.pk].may_send
    consent.record([yes(anna, news, minutes=3)], LATER)
    assert consent.load([anna.pk], "email", news.pk)[anna.pk].may_send


@pytest.mark.django_db
def test_at_the_same_instant_no_wins_whatever_the_order():
    for first, second in [(yes, no), (no, yes)]:
        anna, news = customer(), topic(first.__name__)
        consent.record([first(anna, news)], LATER)
        consent.record([second(anna)], LATER)
        assert not consent.load([anna.pk], "email", news.pk)[anna.pk].may_send
