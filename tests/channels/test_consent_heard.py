"""What other apps hear from customers: an import only narrows, and the rest needs its proof (F35)."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from channels import consent, suppression
from channels.models import Consent, Permission, Suppression
from customers.models import Origin
from customers.permissions import Stated, state
from tests.channels.people import NOON, customer, no, topic, yes

pytestmark = [pytest.mark.django_db, pytest.mark.fault("F35")]
LATER = NOON + timedelta(days=1)
PROOF = {"wording": "v1", "form": "till", "source": "store 3"}


def said(person, granted, minutes=0, **more):
    return Stated(person.pk, "email", granted, NOON + timedelta(minutes=minutes), **more)


def may_send(person, about=None):
    return consent.load([person.pk], "email", about.pk if about else None)[person.pk].may_send


def test_an_import_cannot_widen_consent_whatever_it_says():
    people = [customer(f"p{n}@example.org") for n in range(3)]
    consent.record([no(people[1])], LATER)
    rows = [said(person, True, minutes=600, evidence=PROOF | {"proof": "complete"}) for person in people]
    assert state(rows, LATER, Origin.IMPORT) == {"grant_ignored": 3}
    assert not any(may_send(person) for person in people)
    assert Consent.objects.count() == 1


def test_an_import_writes_every_refusal():
    anna, news = customer(), topic("news")
    consent.record([yes(anna, news)], LATER)
    assert state([said(anna, False, minutes=5, topic="news")], LATER, Origin.IMPORT) == {"recorded": 1}
    assert not may_send(anna, news)
    assert Consent.objects.latest("pk").basis == "import"


def test_a_refusal_of_a_topic_that_we_do_not_know_covers_all():
    anna, news = customer(), topic("news")
    consent.record([yes(anna, news)], LATER)
    state([said(anna, False, minutes=5, topic="nwes")], LATER, Origin.IMPORT)
    assert not may_send(anna, news)


def test_a_suppressed_address_stays_so_when_its_person_is_imported_again():
    suppression.suppress("email", ["anna@example.org"], Suppression.Reason.OBJECTION, NOON)
    again = customer("Anna@Example.org")
    state([said(again, True, evidence=PROOF)], LATER, Origin.IMPORT)
    key = suppression.address_key("email", again.email)
    assert suppression.load("email", [key]) == {key: "objection"}


def test_what_is_stated_live_needs_its_proof():
    anna, berta = customer(), customer("berta@example.org")
    rows = [said(anna, True, evidence=PROOF), said(berta, True)]
    assert state(rows, LATER, Origin.LIVE) == {"recorded": 1, "grant_unproven": 1}
    assert (may_send(anna), may_send(berta)) == (True, False)


def test_unknown_channels_are_counted():
    anna = customer()
    assert state([Stated(anna.pk, "pigeon", False, NOON)], LATER, Origin.LIVE) == {"channel_unknown": 1}


def test_a_large_import_is_a_fixed_number_of_queries(django_assert_max_num_queries):
    people = [customer(f"p{n}@example.org") for n in range(500)]
    rows = [said(person, bool(n % 2)) for n, person in enumerate(people)]
    with django_assert_max_num_queries(8):
        state(rows, LATER, Origin.IMPORT)
    assert Consent.objects.count() == 250


def test_the_check_command_names_differences(capsys):
    anna = customer()
    consent.record([no(anna)], LATER)
    call_command("check_permissions")
    Permission.objects.update(granted=True)
    with pytest.raises(CommandError, match="1 differences"):
        call_command("check_permissions")
    assert f"customer {anna.pk}" in capsys.readouterr().out


FACTS = {
    "sale": "shop T1",
    "similar_goods": "similar-2026-01",
    "notice_at_collection": "checkout-2026-01",
    "notice_in_messages": "footer",
}


def test_who_bought_may_be_written_to_if_all_four_facts_are_there():
    anna = customer()
    for missing in FACTS:
        rest = {key: value for key, value in FACTS.items() if key != missing}
        assert state([said(anna, True, existing_customer=True, evidence=rest)], LATER, Origin.LIVE) == {
            "grant_unproven": 1
        }
    soft = [said(anna, True, existing_customer=True, evidence=FACTS)]
    assert state(soft, LATER, Origin.LIVE) == {"recorded": 1}
    assert Consent.objects.get().basis == "existing_customer"
    assert may_send(anna)
    assert state(soft, LATER, Origin.LIVE) == {"answered": 1}


def test_buying_again_is_no_yes_after_a_no():
    anna = customer()
    consent.record([no(anna, topic("news"))], LATER)
    soft = [said(anna, True, minutes=600, existing_customer=True, evidence=FACTS)]
    assert state(soft, LATER, Origin.LIVE) == {"answered": 1}
    assert not may_send(anna)


def test_an_import_is_no_soft_opt_in_either():
    soft = [said(customer(), True, existing_customer=True, evidence=FACTS)]
    assert state(soft, LATER, Origin.IMPORT) == {"grant_ignored": 1}
