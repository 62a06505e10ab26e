"""The preference centre: a GET shows, a POST saves what was changed on the page, and each change has its evidence."""

import html
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import Error, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import consent, links, opt_out, pacing, preferences, suppression
from channels.models import (
    Channel,
    Consent,
    Delivery,
    DeliveryEvent,
    Preference,
    PreferenceChange,
    Suppression,
    Topic,
)
from customers import interests
from customers.models import Category, Customer
from tests.channels.people import NOON, customer, no, sent, topic, yes

pytestmark = pytest.mark.django_db


@pytest.fixture
def news() -> Topic:
    return topic("news")


@pytest.fixture
def wine() -> Topic:
    return topic("wine")


@pytest.fixture
def anna(news: Topic, wine: Topic) -> Customer:
    person = customer(language="en")
    consent.record([yes(person, news)], timezone.now())
    return person


def url(delivery: Delivery) -> str:
    return reverse("preferences", args=[links.preferences_token(delivery.pk)])


def sending(about: Topic | None) -> str:
    return f"email:sending:{about.pk if about else 0}"


def may_send(person: Customer, about: Topic | None) -> bool:
    return consent.load([person.pk], "email", about.pk if about else None)[person.pk].may_send


class Opened:
    """The page as a browser has it open: what was shown, what is ticked."""

    def __init__(self, delivery: Delivery, text: str = "") -> None:
        self.client, self.address = Client(enforce_csrf_checks=True), url(delivery)
        text = text or self.client.get(self.address).content.decode()
        self.data: dict[str, Any] = {"allowed": [], "interests": []}
        for tag in re.findall(r"<input [^>]*>", text):
            attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
            name, value = attributes["name"], html.unescape(attributes.get("value", ""))
            kind, ticked = attributes["type"], tag.endswith(" checked>")
            if kind in ("hidden", "date") or (kind == "radio" and ticked):
                self.data[name] = value
            elif ticked:
                self.data[name].append(value)

    def save(self, **changes: Any) -> str:
        response = self.client.post(self.address, self.data | changes | {"choice": "save"})
        assert response.status_code == 200
        assert not response.cookies
        return response.content.decode()


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete"])
def test_scanners_change_nothing(anna: Customer, news: Topic, method: str) -> None:
    delivery = sent(anna, news)
    for _n in range(20):
        getattr(Client(), method)(url(delivery) + "?choice=leave", headers={"User-Agent": "Mimecast scanner"})
    assert Consent.objects.count() == 1
    assert not DeliveryEvent.objects.exists()
    assert not PreferenceChange.objects.exists()


def test_the_page_is_private_and_shows_a_masked_address_in_her_language(anna: Customer, news: Topic) -> None:
    response = Client().get(url(sent(anna, news)), headers={"Accept-Language": "de"})
    text = response.content.decode()
    assert "My messages" in text
    assert anna.email not in text
    assert "a•••@e•••.org" in text
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"]
    Customer.objects.update(language="de-AT")
    assert 'lang="de"' in Client().get(url(sent(anna, news))).content.decode()


def test_switching_topics_is_consent_with_its_evidence(anna: Customer, news: Topic, wine: Topic) -> None:
    delivery = sent(anna, news)
    page = Opened(delivery)
    assert page.data["allowed"] == [sending(news)]
    assert "Saved" in page.save(allowed=[sending(wine), "email:tracking:0"])
    assert not may_send(anna, news)
    assert may_send(anna, wine)
    assert consent.load([anna.pk], "email", None)[anna.pk].may_track
    granted = Consent.objects.get(topic=wine)
    assert (granted.state, granted.basis) == ("granted", "stated")
    assert granted.evidence["wording"].startswith("preference-page-")
    assert granted.evidence["wording"].endswith(":en")
    assert granted.evidence["source"] == "message"
    assert granted.evidence["delivery"] == delivery.pk
    assert granted.evidence["page"].endswith("/p/")
    assert granted.evidence["ip"]
    assert DeliveryEvent.objects.get().kind == "opted_out"
    assert consent.check_permissions() == []


def test_saving_twice_writes_once(anna: Customer, news: Topic, wine: Topic) -> None:
    page = Opened(sent(anna, news))
    page.save(allowed=[sending(news), sending(wine)], frequency="weekly")
    rows = Consent.objects.count(), PreferenceChange.objects.count()
    assert "Nothing was changed" in page.save(allowed=[sending(news), sending(wine)], frequency="weekly")
    assert (Consent.objects.count(), PreferenceChange.objects.count()) == rows


def test_a_page_left_open_does_not_undo_an_opt_out(anna: Customer, news: Topic) -> None:
    delivery = sent(anna, news)
    page = Opened(delivery)
    Client().post(
        reverse("opt_out", args=[links.opt_out_token(delivery.pk)]), {"List-Unsubscribe": "One-Click"}
    )
    page.save(frequency="monthly")
    assert not may_send(anna, news)
    assert Preference.objects.get().frequency == "monthly"


def test_the_control_without_what_was_shown_takes_the_tick_for_a_wish(anna: Customer, news: Topic) -> None:
    delivery = sent(anna, news)
    page = Opened(delivery)
    Client().post(
        reverse("opt_out", args=[links.opt_out_token(delivery.pk)]), {"List-Unsubscribe": "One-Click"}
    )
    page.save(shown="")
    assert may_send(anna, news)


def test_everything_else_goes_without_the_topics_that_stay(anna: Customer, news: Topic, wine: Topic) -> None:
    consent.record([yes(anna)], timezone.now())
    page = Opened(sent(anna, news))
    assert page.data["allowed"] == [sending(news), sending(wine), sending(None)]
    page.save(allowed=[sending(wine)])
    assert [may_send(anna, about) for about in (news, wine, None)] == [False, True, False]


def test_a_no_counts_for_everybody_at_the_address_and_a_yes_for_her(
    anna: Customer, news: Topic, wine: Topic
) -> None:
    other = customer("ANNA@example.org")
    consent.record([yes(other, news)], timezone.now())
    Opened(sent(anna, news)).save(allowed=[sending(wine)])
    assert not may_send(other, news)
    assert may_send(anna, wine)
    assert not may_send(other, wine)


def test_frequency_pause_interests_and_language_are_kept_with_evidence(anna: Customer, news: Topic) -> None:
    mugs, wool = Category.objects.create(path="Mugs"), Category.objects.create(path="Wool")
    interests.choose(anna.pk, [mugs.pk], [], NOON)
    page = Opened(sent(anna, news))
    assert page.data["interests"] == [str(mugs.pk)]
    page.save(frequency="weekly", pause="month", interests=[str(wool.pk)], language="de")
    anna.refresh_from_db()
    assert pacing.caps([anna.pk]) == {anna.pk: timedelta(days=7)}
    until = pacing.pauses([anna.pk], timezone.now())[anna.pk]
    assert timedelta(days=29) < until - timezone.now() < timedelta(days=30)
    assert interests.of(anna.pk) == {wool.pk}
    assert anna.language == "de"
    assert anna.stated_at["language"].startswith("s 20")
    changes = {row.what: row for row in PreferenceChange.objects.all()}
    assert set(changes) == {"frequency", "pause", "interests", "language"}
    assert (changes["frequency"].before, changes["frequency"].after) == (["any"], ["weekly"])
    assert all(row.evidence["wording"] and row.evidence["page"] for row in changes.values())
    assert may_send(anna, news)


def test_the_evidence_of_a_wish_cannot_be_changed(anna: Customer, news: Topic) -> None:
    Opened(sent(anna, news)).save(frequency="weekly")
    for act in (
        lambda: PreferenceChange.objects.update(after=["any"]),
        PreferenceChange.objects.all().delete,
    ):
        with pytest.raises(Error), transaction.atomic():
            act()


def test_a_pause_ends_by_a_day_or_by_hand(anna: Customer, news: Topic) -> None:
    delivery = sent(anna, news)
    until = timezone.localdate() + timedelta(days=40)
    assert "Please choose a day" in Opened(delivery).save(pause="until")
    assert "within a year" in Opened(delivery).save(pause="until", until="2020-01-01")
    assert "Enter a valid date" in Opened(delivery).save(pause="until", until="31.12.")
    assert not Preference.objects.exists()
    Opened(delivery).save(pause="until", until=until.isoformat())
    assert preferences.read(anna, timezone.now()).paused_until == datetime(
        until.year, until.month, until.day, tzinfo=timezone.get_default_timezone()
    )
    page = Opened(delivery)
    assert page.data["pause"] == "keep"
    assert "Nothing was changed" in page.save()
    page.save(pause="none")
    assert pacing.pauses([anna.pk], timezone.now()) == {}


@pytest.mark.parametrize("day", ["", "31.12.", "2020-01-01", "9999-12-31", "2026-02-30"])
def test_a_wrong_day_for_the_pause_holds_up_no_no(anna: Customer, news: Topic, wine: Topic, day: str) -> None:
    consent.record([yes(anna, wine)], timezone.now())
    delivery = sent(anna, news)
    text = Opened(delivery).save(allowed=[sending(wine)], frequency="weekly", pause="until", until=day)
    assert "Everything is saved except the pause" in text
    assert 'id="until-fault"' in text
    assert [may_send(anna, about) for about in (news, wine)] == [False, True]
    assert {row.what for row in PreferenceChange.objects.all()} == {"frequency"}
    assert "Everything is saved except the pause" not in Client().get(url(delivery)).content.decode()


def test_a_wrong_day_leaves_the_pause_that_holds(anna: Customer, news: Topic) -> None:
    until = timezone.now() + timedelta(days=3)
    preferences.choose(anna, paused_until=until)
    Opened(sent(anna, news)).save(pause="until", until="2020-01-01")
    assert pacing.pauses([anna.pk], timezone.now()) == {anna.pk: until}


def test_the_page_with_a_wrong_day_shows_what_holds_by_now(anna: Customer, news: Topic, wine: Topic) -> None:
    """An old tick shown again as if it held would be a new yes, once the day is mended."""
    delivery = sent(anna, news)
    page = Opened(delivery)
    Client().post(
        reverse("opt_out", args=[links.opt_out_token(delivery.pk)]), {"List-Unsubscribe": "One-Click"}
    )
    again = Opened(delivery, page.save(allowed=[sending(news), sending(wine)], pause="until", until=""))
    assert (again.data["allowed"], again.data["pause"]) == ([sending(wine)], "until")
    day = (timezone.localdate() + timedelta(days=9)).isoformat()
    assert "Saved. It holds" in again.save(until=day)
    assert (may_send(anna, news), may_send(anna, wine)) == (False, True)


def test_leaving_ends_everything_at_once_and_can_be_taken_back(
    anna: Customer, news: Topic, wine: Topic
) -> None:
    consent.record([yes(anna, wine), yes(anna, purpose="tracking")], timezone.now())
    delivery = sent(anna, news)
    for _n in range(3):
        text = Client(enforce_csrf_checks=True).post(url(delivery), {"choice": "leave"}).content.decode()
    assert "Done" in text
    assert not may_send(anna, news)
    assert not may_send(anna, wine)
    assert not consent.load([anna.pk], "email", None)[anna.pk].may_track
    assert DeliveryEvent.objects.count() == 1
    Client().post(reverse("opt_out", args=[links.opt_out_token(delivery.pk)]), {"choice": "undo"})
    assert may_send(anna, news)
    assert may_send(anna, wine)


@pytest.fixture
def everywhere(anna: Customer, news: Topic, wine: Topic) -> Delivery:
    """She is written to on three channels; of the texts she wants all but those about wine."""
    Customer.objects.filter(pk=anna.pk).update(phone="+4915112345678")
    said = [yes(anna, news, channel="whatsapp"), yes(anna, channel="sms"), no(anna, wine, 1, channel="sms")]
    consent.record([*said, yes(anna, purpose="tracking", channel="sms")], timezone.now())
    return sent(anna, news)


def standing(*people: Customer) -> dict[tuple[int, str, str], list[int | None]]:
    """Every yes that holds now, by person, channel and purpose."""
    asked = [(channel, purpose) for channel in Channel.values for purpose in ("sending", "tracking")]
    found = {each: opt_out.granted([person.pk for person in people], *each) for each in asked}
    return {
        (person.pk, *each): found[each][person.pk]
        for each in asked
        for person in people
        if found[each][person.pk]
    }


def take_back(delivery: Delivery) -> str:
    door = reverse("opt_out", args=[links.opt_out_token(delivery.pk)])
    return Client(enforce_csrf_checks=True).post(door, {"choice": "undo"}).content.decode()


def test_taking_back_brings_back_every_channel_as_it_was_and_no_more(
    anna: Customer, everywhere: Delivery, news: Topic, wine: Topic
) -> None:
    twin = customer("twin@example.org", phone="+4915112345678")  # who shares her number
    consent.record([yes(twin, news, channel="sms")], timezone.now())
    before, rows = standing(anna, twin), Consent.objects.count()
    assert len(before) == 5
    for _n in range(2):
        Client().post(url(everywhere), {"choice": "leave"})
    assert standing(anna, twin) == {}
    assert "Everything is as it was before" in take_back(everywhere)
    assert standing(anna, twin) == before
    assert not consent.load([anna.pk], "sms", wine.pk)[anna.pk].may_send
    assert consent.load([anna.pk], "sms", news.pk)[anna.pk].may_track
    again = Consent.objects.filter(evidence__by="undo")
    assert again.exists()
    assert Consent.objects.count() > rows + again.count(), "the withdrawals stay in the ledger"
    assert consent.check_permissions() == []
    assert "no longer possible" in take_back(everywhere)


def test_what_somebody_has_said_since_stays_while_the_rest_is_taken_back(
    anna: Customer, everywhere: Delivery, news: Topic
) -> None:
    before = standing(anna)
    Client().post(url(everywhere), {"choice": "leave"})
    consent.record([replace(no(anna, channel="whatsapp"), stated_at=timezone.now())], timezone.now())
    take_back(everywhere)
    del before[anna.pk, "whatsapp", "sending"]
    assert standing(anna) == before


def test_leaving_counts_where_she_is_now_even_if_she_was_read_before_she_moved(
    anna: Customer, news: Topic
) -> None:
    twin = customer("new@example.org")
    consent.record([yes(twin, news)], timezone.now())
    door = preferences.open_door(links.preferences_token(sent(anna, news).pk))
    assert door is not None
    Customer.objects.filter(pk=anna.pk).update(email=twin.email)
    preferences.leave(door, {}, timezone.now())
    assert standing(anna, twin) == {}


def test_half_an_hour_later_no_channel_comes_back(
    anna: Customer, everywhere: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    Client().post(url(everywhere), {"choice": "leave"})
    later = timezone.now() + timedelta(minutes=31)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert "no longer possible" in take_back(everywhere)
    assert standing(anna) == {}


def test_an_objection_beats_what_is_ticked(anna: Customer, news: Topic, wine: Topic) -> None:
    delivery = sent(anna, news)
    suppression.suppress("email", [anna.email], Suppression.Reason.OBJECTION, timezone.now())
    page = Opened(delivery)
    assert "blocked for advertising" in page.save(allowed=[sending(news), sending(wine)], frequency="weekly")
    assert not may_send(anna, wine)
    page.save(allowed=[], frequency="weekly")
    assert not may_send(anna, news)  # her no is heard all the same


@pytest.mark.parametrize("bad", ["email:sending:999", "sms:sending:1", "x", "email:sending:1:2"])
def test_what_is_not_offered_is_refused(anna: Customer, news: Topic, bad: str) -> None:
    assert "Nothing was saved yet" in Opened(sent(anna, news)).save(allowed=[bad])
    assert Consent.objects.count() == 1


def test_what_does_not_come_from_the_page_is_no_answer(anna: Customer, news: Topic) -> None:
    for sent_in in ({}, {"choice": "newer"}):
        Client().post(url(sent(anna, news)), sent_in)
    assert may_send(anna, news)
    assert Consent.objects.count() == 1


def test_a_no_is_heard_whatever_the_shop_has_given_up_while_the_page_lay_open(
    anna: Customer, news: Topic, wine: Topic
) -> None:
    mugs = Category.objects.create(path="Mugs")
    interests.choose(anna.pk, [mugs.pk], [], NOON)
    preferences.choose(anna, paused_until=timezone.now() + timedelta(days=3))
    consent.record([yes(anna, wine)], timezone.now())
    page = Opened(sent(anna, news))
    assert page.data["pause"] == "keep"
    Preference.objects.update(paused_until=None)
    mugs.delete()
    changed = {"frequency": "hourly", "language": "xx", "until": "31.12."}
    assert "Saved" in page.save(allowed=[sending(wine)], **changed)
    assert (may_send(anna, news), may_send(anna, wine)) == (False, True)
    assert not PreferenceChange.objects.exists()


@pytest.mark.parametrize(
    "shown", ["", "{}", "[]", "null", "1", '{"allowed": 3}', '{"allowed": ["x"]}', "\x00"]
)
def test_a_broken_memory_of_the_page_is_no_fault(anna: Customer, news: Topic, shown: str) -> None:
    Opened(sent(anna, news)).save(shown=shown)


def test_no_other_token_opens_it_and_it_opens_nothing_else(anna: Customer, news: Topic) -> None:
    delivery = sent(anna, news)
    for token in (links.opt_out_token(delivery.pk), links.opt_in_token(delivery.pk), "x", "a" * 43):
        assert Client().get(reverse("preferences", args=[token])).status_code == 404
    assert Client().get(reverse("opt_out", args=[links.preferences_token(delivery.pk)])).status_code == 404


def test_an_old_mailbox_and_an_erased_person_open_nothing(anna: Customer, news: Topic) -> None:
    delivery = sent(anna, news)
    Delivery.objects.update(address_key=suppression.address_key("email", "before@example.org"))
    assert Client().get(url(delivery)).status_code == 404
    Delivery.objects.update(address_key=suppression.address_key("email", anna.email))
    assert Client().get(url(delivery)).status_code == 200
    Customer.objects.update(erased_at=timezone.now())
    assert Client().get(url(delivery)).status_code == 404


def test_the_opt_out_page_leads_there(anna: Customer, news: Topic) -> None:
    delivery = sent(anna, news)
    text = Client().get(reverse("opt_out", args=[links.opt_out_token(delivery.pk)])).content.decode()
    assert f'href="{url(delivery)}"' in text


def test_a_withdrawal_on_the_page_stays_when_another_is_taken_back(
    anna: Customer, news: Topic, wine: Topic
) -> None:
    consent.record([yes(anna, wine)], timezone.now())
    delivery = sent(anna, news)
    Client().post(reverse("opt_out", args=[links.opt_out_token(delivery.pk)]), {"choice": "topic"})
    Opened(delivery).save(allowed=[])
    door = opt_out.open_door(links.opt_out_token(delivery.pk))
    assert door is not None
    opt_out.undo(door, {}, timezone.now())
    assert may_send(anna, news)
    assert not may_send(anna, wine)
