"""The ledger only grows, and the cache is always what the ledger says."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from channels import consent
from channels.models import Consent, Permission
from channels.signals import consents_changed
from tests.channels.people import NOON, customer, no, topic, yes

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)


def test_a_yes_allows_the_topic_it_names_and_no_other():
    anna, news, wine = customer(), topic("news"), topic("wine")
    consent.record([yes(anna, news)], LATER)
    assert consent.load([anna.pk], "email", news.pk)[anna.pk].may_send
    assert not consent.load([anna.pk], "email", wine.pk)[anna.pk].may_send
    assert not consent.load([anna.pk], "email", None)[anna.pk].may_send


def test_sending_and_tracking_are_two_questions():
    anna = customer()
    consent.record([yes(anna, purpose="tracking")], LATER)
    assert consent.load([anna.pk], "email", None)[anna.pk] == consent.Facts(may_send=False, may_track=True)


def test_who_never_spoke_may_not_be_written_to():
    anna = customer()
    assert consent.load([anna.pk], "email", None) == {anna.pk: consent.Facts()}


def test_a_late_report_of_an_older_statement_changes_nothing():
    anna = customer()
    consent.record([no(anna, minutes=10)], LATER)
    consent.record([yes(anna, minutes=5)], LATER)
    assert not consent.load([anna.pk], "email", None)[anna.pk].may_send
    assert Consent.objects.count() == 2
    assert consent.check_permissions() == []


def test_a_statement_from_the_future_cannot_outlive_a_later_one():
    anna = customer()
    consent.record([yes(anna, minutes=60 * 24 * 365)], NOON)
    consent.record([no(anna, minutes=1)], NOON + timedelta(minutes=1))
    assert not consent.load([anna.pk], "email", None)[anna.pk].may_send


@pytest.mark.parametrize("basis", [basis for basis in Consent.Basis.values if basis != "demo"])
def test_a_yes_without_proof_is_refused_and_nothing_is_written(basis):
    anna = customer()
    with pytest.raises(consent.NoProof):
        consent.record([no(anna), replace(yes(anna), basis=basis, evidence={})], LATER)
    assert not Consent.objects.exists()


def test_soft_opt_in_needs_all_four_facts():
    anna = customer()
    facts = {"sale": "R-1", "similar_goods": True, "notice_at_collection": "v1", "notice_in_messages": True}
    soft = replace(yes(anna), basis=Consent.Basis.EXISTING_CUSTOMER, evidence=facts)
    for missing in facts:
        with pytest.raises(consent.NoProof):
            consent.record([replace(soft, evidence=facts | {missing: ""})], LATER)
    consent.record([soft], LATER)
    assert consent.load([anna.pk], "email", None)[anna.pk].may_send


@pytest.mark.parametrize(
    "statement",
    ["UPDATE channels_consent SET state = 'granted'", "DELETE FROM channels_consent"],
)
def test_the_database_refuses_to_change_the_ledger(statement):
    consent.record([no(customer())], LATER)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)
    assert Consent.objects.get().state == "withdrawn"


def test_only_erasure_may_empty_the_evidence_and_nothing_else():
    consent.record([no(customer())], LATER)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL stammkunde.erasure = 'on'")
        cursor.execute("UPDATE channels_consent SET evidence = '{}'")
    assert Consent.objects.get().evidence == {}
    more = (
        "SET LOCAL stammkunde.erasure = 'on'; UPDATE channels_consent SET evidence = '{}', state = 'granted'"
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        connection.cursor().execute(more)


def test_a_wrong_cache_is_found():
    anna, berta = customer(), customer("berta@example.org")
    consent.record([no(anna), yes(berta)], LATER)
    Permission.objects.filter(customer=anna).update(granted=True)
    assert consent.check_permissions() == [anna.pk]


def test_a_thousand_statements_take_as_many_queries_as_two(django_assert_num_queries):
    people = [customer(f"p{n}@example.org") for n in range(1000)]
    with django_assert_num_queries(7):  # savepoint, lock, merged people, ledger, cache, work rows, release
        consent.record([no(person) for person in people], LATER)
    with django_assert_num_queries(1):
        assert len(consent.load([person.pk for person in people], "email", None)) == 1000


def test_the_change_is_told_inside_the_transaction():
    anna, heard = customer(), []

    def listen(ids, origin, **_more):
        heard.append((ids, str(origin), Consent.objects.count()))

    consents_changed.connect(listen)
    consent.record([no(anna)], LATER)
    consents_changed.disconnect(listen)
    assert heard == [([anna.pk], "live", 1)]
