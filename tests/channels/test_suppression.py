"""A suppressed address stays suppressed, however it is written and whoever it belongs to next."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import override_settings

from channels import suppression
from channels.models import Reach, Suppression
from channels.signals import consents_changed
from tests.channels.people import NOON, customer

Reason = Suppression.Reason


def suppressed() -> set[int]:
    sql, params = suppression.suppressed_sql("email")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT c.id FROM customers_customer c WHERE {sql}", params)
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.parametrize(
    "other",
    ["Anna@Example.org", " anna@example.org ", "anna@EXAMPLE.ORG.", "ANNA@example.org\n"],
)
def test_spellings_of_one_mailbox_have_one_key(other):
    assert suppression.address_key("email", other) == suppression.address_key("email", "anna@example.org")


def test_umlaut_domains_have_one_key_in_both_spellings():
    names = ["anna@bücher.example", "anna@xn--bcher-kva.example", "anna@bu\u0308cher.example"]
    assert len({suppression.address_key("email", name) for name in names}) == 1


def test_different_mailboxes_and_channels_have_different_keys():
    keys = {suppression.address_key("email", a) for a in ["a@x.org", "a+1@x.org", "b@x.org", "x.org"]}
    assert len(keys | {suppression.address_key("sms", "a@x.org")}) == 5
    assert suppression.address_key("email", "  ") == ""


def test_the_key_needs_our_secret_and_survives_a_change_of_the_other_one():
    key = suppression.address_key("email", "a@x.org")
    with override_settings(SECRET_KEY="new"):
        assert suppression.address_key("email", "a@x.org") != key
    with override_settings(SECRET_KEY="new", SUPPRESSION_KEY="only-for-tests"):
        assert suppression.address_key("email", "a@x.org") == key


@pytest.mark.django_db
def test_a_weaker_reason_never_replaces_a_stronger_one():
    key = suppression.address_key("email", "a@x.org")
    for reason, kept in [("bounce", "bounce"), ("objection", "objection"), ("complaint", "objection")]:
        suppression.suppress("email", ["a@x.org"], Reason(reason), NOON)
        assert suppression.load("email", [key]) == {key: kept}
    assert Suppression.objects.count() == 1


@pytest.mark.django_db
def test_sql_finds_whoever_has_the_address_now():
    anna, berta = customer("a@x.org"), customer("b@x.org")
    suppression.suppress("email", ["A@x.org"], Reason.COMPLAINT, NOON)
    assert suppressed() == set()  # nobody's address has been hashed yet
    assert suppression.refresh_keys() == 2
    assert suppressed() == {anna.pk}
    anna.email = "new@x.org"
    anna.save()
    berta.email = "a@x.org"
    berta.save()
    assert suppressed() == set()  # a stale hash never counts
    assert suppression.refresh_keys([anna.pk, berta.pk]) == 2
    assert suppressed() == {berta.pk}
    assert suppression.refresh_keys() == 0


@pytest.mark.django_db
def test_keys_are_made_in_a_fixed_number_of_queries(django_assert_num_queries):
    for n in range(300):
        customer(f"p{n}@x.org")
    with django_assert_num_queries(6):
        assert suppression.refresh_keys() == 300
    assert Reach.objects.exclude(address_key="").count() == 300


@pytest.mark.django_db
def test_suppressing_and_releasing_is_told():
    anna, heard = customer("a@x.org"), []
    suppression.refresh_keys()

    def listen(ids, **_more):
        heard.append(ids)

    consents_changed.connect(listen)
    suppression.suppress("email", ["a@x.org"], Reason.STAFF, NOON)
    suppression.release(Suppression.objects.get(), NOON + timedelta(days=1))
    consents_changed.disconnect(listen)
    assert heard == [[anna.pk], [anna.pk]]
    assert suppressed() == set()


@pytest.mark.django_db
def test_of_several_entries_for_one_address_the_weightiest_is_kept():
    entries = [suppression.Entry("email", key, Reason(reason), reason) for key, reason in ENTRIES]
    assert suppression.suppress_entries(entries, NOON) == 2
    assert dict(Suppression.objects.values_list("address_key", "source")) == {"k": "complaint", "l": "staff"}
    assert suppression.suppress_entries(entries, NOON) == 0
    assert suppression.suppress_entries([], NOON) == 0


ENTRIES = [("k", "bounce"), ("l", "staff"), ("k", "complaint"), ("", "objection"), ("k", "bounce")]
