"""A yes that nothing was heard of for long is asked for again: who is, how she answers, and what goes until then."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from channels import addresses, consent, links, opt_out, renewal, suppression
from channels.delivery import dry_runs
from channels.messages import checks, versions
from channels.models import (
    Consent,
    DeliveryEvent,
    DeliveryPolicy,
    Message,
    MessageVersion,
    Permission,
    Preference,
    PreferenceChange,
    Reach,
    SandboxMail,
    Topic,
)
from channels.renewal import Place
from customers import interests
from customers.models import Category, Customer, CustomerStats
from tests.channels import mails, people, runs
from tests.channels.people import NOON

pytestmark = pytest.mark.django_db
CONFIRM = {"id": "b9", "kind": "confirm", "words": "Dürfen wir weiterhin schreiben?", "label": "Ja, weiter"}
LATER = NOON + timedelta(days=500)
OVER = NOON + timedelta(days=365 + 60 + 1)


def asking(since: datetime = NOON, **fields: object) -> None:
    rule = {"ask_consent_after": 12, "ask_consent_grace": 60, "ask_consent_since": since, "caps": []}
    DeliveryPolicy.objects.update_or_create(
        pk=1, defaults=rule | {"quiet_from": None, "quiet_until": None} | fields
    )


def fate(version: MessageVersion, at: datetime, occurrence: int = 1) -> dict[str, int]:
    runs.planned(version, at, occurrence)
    runs.send_all(at)
    return runs.states(version)


def test_marketing_rests_after_the_months_and_the_days_to_answer(db: None) -> None:
    runs.customers(1)
    asking()
    assert fate(runs.version(), OVER - timedelta(days=2)) == {"accepted": 1}
    assert fate(runs.version(), OVER) == {"withheld consent_idle": 1}
    assert fate(runs.version(purpose=Message.Purpose.SERVICE), OVER) == {"accepted": 1}


def test_off_it_asks_nobody(django_assert_num_queries: object) -> None:
    runs.customers(1)
    asking(ask_consent_after=None)
    assert fate(runs.version(), LATER) == {"accepted": 1}


def test_a_message_that_asks_goes_and_the_dry_run_knows_it(db: None) -> None:
    runs.customers(1)
    asking()
    plain, ask = runs.version(), runs.version(mails.text("Hallo"), CONFIRM)
    for what, state in ((plain, "withheld"), (ask, "send")):
        for of in (what, what.message):
            assert [each.state for each in dry_runs.count(of, runs.Everybody(), LATER).counts] == [state]
    assert fate(ask, LATER) == {"accepted": 1}
    mail = bytes(SandboxMail.objects.get().raw).decode()
    assert "?confirm" in mail


def test_nobody_rests_before_the_rule_has_stood_for_the_days_to_answer(db: None) -> None:
    runs.customers(1)
    asking(since=LATER)
    assert fate(runs.version(), LATER + timedelta(days=59)) == {"accepted": 1}
    assert fate(runs.version(), LATER + timedelta(days=60)) == {"withheld consent_idle": 1}


@pytest.mark.parametrize(
    "sign", ["order", "event", "click", "machine", "statement", "interests", "old order"]
)
def test_signs_of_life(sign: str) -> None:
    person = runs.customers(1)[0]
    since, after = LATER - timedelta(days=30), LATER - timedelta(days=1)
    if sign in ("order", "old order"):
        CustomerStats.objects.create(customer=person, last_order_at=after if sign == "order" else NOON)
    elif sign == "event":
        CustomerStats.objects.create(customer=person, last_order_at=NOON, last_event_at=after)
    elif sign in ("click", "machine"):
        row = people.sent(person)
        DeliveryEvent.objects.create(delivery=row, kind="clicked", key="k", at=after, human=sign == "click")
    elif sign == "statement":
        consent.record([people.no(person, people.topic("wine"), minutes=60 * 24 * 499)], LATER)
    else:
        Preference.objects.create(customer=person, interests_confirmed_at=after)
    assert renewal.silent([person.pk], since) == ({person.pk} if sign in ("machine", "old order") else set())


@pytest.fixture
def anna() -> Customer:
    person = people.customer(language="de")
    consent.record([people.yes(person)], NOON)
    return person


def page(person: Customer, about: Topic | None = None, query: str = "") -> str:
    row = people.sent(person, about)
    return reverse("preferences", args=[links.preferences_token(row.pk)]) + query


def test_one_tap_renews_what_she_has_and_widens_nothing(anna: Customer) -> None:
    wine, shoes = people.topic("wine"), people.topic("shoes")
    consent.record([people.no(anna, wine, minutes=1)], NOON + timedelta(minutes=1))
    address = page(anna, query="?confirm")
    opened = Client().get(address).content.decode()
    assert "Ja, bitte weiterhin schreiben" in opened
    assert Consent.objects.count() == 2  # opening says nothing
    answer = Client().post(address, {"choice": "confirm"}).content.decode()
    assert 'value="confirm"' not in answer
    newest = Consent.objects.filter(state="granted", topic=None).latest("pk")
    assert newest.basis == "stated"
    assert newest.evidence["wording"] == "keep-writing-2026-11:de"
    assert {"delivery", "form", "source", "ip"} <= newest.evidence.keys()
    assert newest.stated_at > LATER - timedelta(days=499)
    may = {
        topic: consent.load([anna.pk], "email", topic and topic.pk)[anna.pk].may_send
        for topic in (None, wine, shoes)
    }
    assert may == {None: True, wine: False, shoes: True}
    assert consent.check_permissions() == []


def test_a_page_left_open_brings_no_withdrawn_yes_back(anna: Customer) -> None:
    address = page(anna, query="?confirm")
    Client().get(address)
    door = opt_out.door_of(people.sent(anna).pk)
    assert door is not None
    opt_out.withdraw(door, True, {}, NOON + timedelta(days=1))
    Client().post(address, {"choice": "confirm"})
    assert not Permission.objects.filter(granted=True).exists()
    assert 'value="confirm"' not in Client().get(address).content.decode()


def test_without_the_link_her_page_asks_only_when_the_policy_wants_it(anna: Customer) -> None:
    address = page(anna)
    Permission.objects.update(stated_at="2020-01-01T00:00Z")
    assert 'value="confirm"' not in Client().get(address).content.decode()
    asking()
    assert 'value="confirm"' in Client().get(address).content.decode()


def test_interests_are_confirmed_with_their_time_and_evidence(anna: Customer) -> None:
    wine = Category.objects.create(path="Wine")
    address = page(anna)
    assert Client().post(address, {"choice": "interests"}).status_code == 200
    assert not Preference.objects.exists()  # there is nothing to confirm
    interests.choose(anna.pk, [wine.pk], [], NOON - timedelta(days=900))
    assert 'value="interests"' not in Client().get(address).content.decode()
    DeliveryPolicy.objects.update_or_create(pk=1, defaults={"ask_interests_after": 12})
    assert 'value="interests"' in Client().get(address).content.decode()
    assert 'value="interests"' not in Client().post(address, {"choice": "interests"}).content.decode()
    change = PreferenceChange.objects.get()
    assert (change.what, change.before, change.after) == ("interests", [str(wine.pk)], [str(wine.pk)])
    assert Preference.objects.get().interests_confirmed_at == change.at
    assert renewal.unconfirmed([anna.pk], NOON) == set()


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "push", "in_app"])
def test_the_link_works_from_every_channel_until_the_address_is_another(channel: str) -> None:
    person = people.customer(language="de", phone="+4915112345678")
    consent.record([people.yes(person)], NOON)
    Reach.objects.create(customer=person, channel="push", address="browsers-of-anna")
    address = addresses.own(person).get(channel, "browsers-of-anna")
    row = people.sent(person)
    type(row).objects.filter(pk=row.pk).update(
        channel=channel, address_key=suppression.address_key(channel, address)
    )
    where = reverse("preferences", args=[links.preferences_token(row.pk)]) + "?confirm"
    assert 'value="confirm"' in Client().get(where).content.decode()
    Client().post(where, {"choice": "confirm"})
    assert Consent.objects.filter(state="granted").count() == 2
    type(row).objects.update(address_key=suppression.address_key(channel, "another"))
    assert 'value="confirm"' not in Client().get(where).content.decode()


def test_who_is_to_get_a_variant_that_is_not_written_is_asked_by_the_first(db: None) -> None:
    message = mails.message(mails.text("Hallo"), CONFIRM)
    mails.content(message, "en", mails.text("Hello"), CONFIRM)
    mails.content(message, "de", mails.text("Hallo"), variant="B")
    version = versions.freeze(message, None)
    for number, of in ((version.pk, 0), (0, message.pk)):
        places = [
            Place(number, of, "email", *which)
            for which in (("de", "A"), ("de", "B"), ("en", "B"), ("fr", "A"))
        ]
        assert renewal.asking(places) == {places[0], places[2]}


def test_a_block_that_only_some_would_see_is_refused(db: None) -> None:
    message = mails.message(
        CONFIRM | {"only_field": "first_name", "only_operator": "known", "only_value": ""}
    )
    found = [fault for fault in checks.faults(message, ["de"]) if fault.blocks]
    assert [(fault.place.field, fault.sentence[:9]) for fault in found] == [("only_field", "Everybody")]
