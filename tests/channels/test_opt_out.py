"""Opting out: a GET shows, a POST acts at once, without cookies, as often as you like."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import consent, links, opt_out
from channels.models import Consent, Delivery, DeliveryEvent
from tests.channels.people import NOON, customer, no, sent, topic, yes

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def strict():
    """As a mail provider's robot: checks CSRF, has no cookies."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def news():
    return topic("news")


@pytest.fixture
def anna(news):
    person = customer(language="en")
    consent.record([yes(person, news), yes(person, topic("wine"))], timezone.now())
    return person


def url(delivery):
    return reverse("opt_out", args=[links.opt_out_token(delivery.pk)])


def may_send(person, about):
    return consent.load([person.pk], "email", about.pk if about else None)[person.pk].may_send


def test_one_click_needs_no_cookie_no_token_and_no_redirect(strict, anna, news):
    """RFC 8058, as the robot of a mailbox provider does it."""
    delivery = sent(anna, news)
    response = strict.post(url(delivery), ONE_CLICK)
    assert response.status_code == 200
    assert not response.cookies
    assert not may_send(anna, news)
    statement = Consent.objects.latest("pk")
    assert (statement.state, statement.topic, statement.basis) == ("withdrawn", news, "stated")
    assert statement.evidence["by"] == "one_click"
    assert statement.evidence["delivery"] == delivery.pk
    assert DeliveryEvent.objects.get().kind == "opted_out"


def test_one_click_as_multipart_form_data_works_too(strict, anna, news):
    body = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
    response = strict.generic("POST", url(sent(anna, news)), body, "multipart/form-data; boundary=x")
    assert response.status_code == 200
    assert not may_send(anna, news)


def test_opting_out_ten_times_is_one_opt_out(strict, anna, news):
    delivery = sent(anna, news)
    for _n in range(10):
        assert strict.post(url(delivery), ONE_CLICK).status_code == 200
    assert DeliveryEvent.objects.count() == 1
    assert consent.check_permissions() == []


def test_links_of_any_age_work(strict, anna, news):
    delivery = sent(anna, news, at=timezone.now() - timedelta(days=4000))
    strict.post(url(delivery), ONE_CLICK)
    assert not may_send(anna, news)


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete"])
def test_nothing_but_a_post_changes_anything(strict, anna, news, method):
    for _n in range(20):
        getattr(strict, method)(url(sent(anna, news)), headers={"User-Agent": "Mimecast scanner"})
    assert may_send(anna, news)
    assert not DeliveryEvent.objects.exists()


def test_the_page_shows_a_masked_address_in_her_language_and_is_kept_nowhere(strict, anna, news):
    response = strict.get(url(sent(anna, news)), headers={"Accept-Language": "de"})
    text = response.content.decode()
    assert "Unsubscribe" in text
    assert "a•••@e•••.org" in text
    assert anna.email not in text
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"]
    assert not response.cookies


@pytest.mark.parametrize("choice", ["", "topic", "everything", "undo"])
def test_an_old_mail_does_not_tell_its_reader_where_she_is_reached_now(strict, anna, news, choice):
    delivery = sent(anna, news)
    assert f'href="{reverse("preferences", args=[links.preferences_token(delivery.pk)])}"' in shown(
        strict, delivery
    )
    anna.email = "zoe@private.net"
    anna.save()
    strict.post(url(delivery), {"choice": "topic"})
    text = shown(strict, delivery, choice)
    assert "•••" not in text
    assert "starting now" in text or "will be sent again" in text or "What should no longer be sent?" in text
    assert "/p/" not in text  # which does not open from there


@pytest.mark.parametrize("choice", ["", "topic", "everything", "undo"])
def test_a_mail_to_an_address_that_was_not_kept_shows_none(strict, anna, news, choice):
    delivery = sent(anna, news)
    Delivery.objects.update(address_key="")
    assert "•••" not in shown(strict, delivery, choice)


def test_a_mail_to_whom_she_was_before_a_merge_shows_no_address(strict, anna, news):
    old = customer("old@example.org")
    delivery = sent(old, news)
    old.merged_into = anna
    old.save()
    assert "•••" not in shown(strict, delivery)


def shown(client, delivery, choice=""):
    response = client.post(url(delivery), {"choice": choice}) if choice else client.get(url(delivery))
    assert response.status_code == 200
    return response.content.decode()


def test_one_topic_or_everything(strict, anna, news):
    wine = consent.Topic.objects.get(key="wine")
    delivery = sent(anna, news)
    strict.post(url(delivery), {"choice": "topic"})
    assert (may_send(anna, news), may_send(anna, wine)) == (False, True)
    strict.post(url(delivery), {"choice": "everything"})
    assert (may_send(anna, news), may_send(anna, wine)) == (False, False)


def test_a_mistake_can_be_taken_back_and_brings_back_no_more_than_was_there(strict, anna, news):
    wine, cheese = consent.Topic.objects.get(key="wine"), topic("cheese")
    delivery = sent(anna, news)
    response = strict.post(url(delivery), {"choice": "everything"})
    assert 'value="undo"' in response.content.decode()
    strict.post(url(delivery), {"choice": "undo"})
    assert (may_send(anna, news), may_send(anna, wine)) == (True, True)
    assert (may_send(anna, cheese), may_send(anna, None)) == (False, False)
    assert Consent.objects.latest("pk").evidence["form"] == "opt_out_page"


def test_taking_back_twice_writes_nothing_more(strict, anna, news):
    delivery = sent(anna, news)
    strict.post(url(delivery), {"choice": "topic"})
    strict.post(url(delivery), {"choice": "undo"})
    count = Consent.objects.count()
    strict.post(url(delivery), {"choice": "undo"})
    assert Consent.objects.count() == count


def test_who_had_not_agreed_before_gets_nothing_by_taking_back(strict, news):
    berta = customer("berta@example.org")
    delivery = sent(berta, news)
    strict.post(url(delivery), {"choice": "everything"})
    strict.post(url(delivery), {"choice": "undo"})
    assert not may_send(berta, news)


def at_minute(minute):
    return NOON + timedelta(minutes=minute)


def opened(delivery):
    return opt_out.open_door(links.opt_out_token(delivery.pk))


def ended(anna, about, everything=False):
    """The link A has ended this topic, or everything, at noon."""
    door = opened(sent(anna, about))
    opt_out.withdraw(door, everything, {"by": "page"}, at_minute(0))
    return door


@pytest.fixture
def berta(news):
    person = customer("berta@example.org", language="en")
    consent.record([yes(person, news, -60), yes(person, topic("wine"), -60)], at_minute(-60))
    return person


def test_taking_back_leaves_alone_what_another_link_has_ended_since(berta, news):
    door = ended(berta, news)
    opt_out.withdraw(opened(sent(berta, news)), True, {"by": "page"}, at_minute(10))
    assert not opt_out.can_undo(door, at_minute(20))
    assert not opt_out.undo(door, {}, at_minute(20))
    assert not may_send(berta, news)


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("dated_back", [False, True])
def test_taking_back_leaves_alone_what_staff_have_ended_since(berta, news, everything, dated_back):
    """A letter of last week that is entered now is news too."""
    door = ended(berta, news)
    consent.record([no(berta, None if everything else news, -5 if dated_back else 10)], at_minute(10))
    assert not opt_out.undo(door, {}, at_minute(20))
    assert not may_send(berta, news)


def test_only_the_topics_that_somebody_spoke_of_since_stay_as_they_are(berta, news):
    wine = consent.Topic.objects.get(key="wine")
    door = ended(berta, news, everything=True)
    consent.record([no(berta, wine, 10), no(berta, purpose="tracking", minutes=11)], at_minute(12))
    assert opt_out.undo(door, {}, at_minute(20))
    assert (may_send(berta, news), may_send(berta, wine)) == (True, False)


def test_all_topics_do_not_come_back_over_one_that_was_ended_since(news):
    clara = customer("clara@example.org")
    consent.record([yes(clara, minutes=-60)], at_minute(-60))
    wine = topic("wine")
    door = ended(clara, news, everything=True)
    consent.record([no(clara, wine, 10)], at_minute(10))
    opt_out.undo(door, {}, at_minute(20))
    assert (may_send(clara, news), may_send(clara, wine)) == (True, False)


def test_another_persons_statement_does_not_stand_in_the_way(berta, news):
    twin = customer(berta.email)
    consent.record([yes(twin, news, -60)], at_minute(-60))
    door = ended(berta, news)
    consent.record([no(twin, news, 10)], at_minute(10))
    assert opt_out.undo(door, {}, at_minute(20))
    assert (may_send(berta, news), may_send(twin, news)) == (True, False)


def test_ending_a_topic_and_then_everything_by_one_link_is_taken_back_together(berta, news):
    wine = consent.Topic.objects.get(key="wine")
    door = ended(berta, news)
    opt_out.withdraw(door, True, {"by": "page"}, at_minute(5))
    assert opt_out.undo(door, {}, at_minute(20))
    assert (may_send(berta, news), may_send(berta, wine)) == (True, True)


def test_after_half_an_hour_it_is_too_late(strict, anna, news, monkeypatch):
    delivery = sent(anna, news)
    strict.post(url(delivery), {"choice": "topic"})
    later = timezone.now() + timedelta(minutes=31)
    monkeypatch.setattr(timezone, "now", lambda: later)
    strict.post(url(delivery), {"choice": "undo"})
    assert not may_send(anna, news)


def test_the_mailbox_is_unsubscribed_whoever_shares_it(strict, anna, news):
    berta = customer(anna.email.upper())
    consent.record([yes(berta, news)], timezone.now())
    strict.post(url(sent(anna, news)), ONE_CLICK)
    assert not may_send(berta, news)


def test_a_merged_persons_link_speaks_for_who_she_is_now(strict, anna, news):
    old = customer("old@example.org", merged_into=anna)
    strict.post(url(sent(old, news)), ONE_CLICK)
    assert not may_send(anna, news)


def test_a_link_without_topic_ends_everything(strict):
    berta = customer("berta@example.org")
    consent.record([yes(berta), no(berta, topic("t"), minutes=-5)], timezone.now())
    strict.post(url(sent(berta)), ONE_CLICK)
    assert not may_send(berta, None)


def test_wrong_links_and_links_of_the_erased_have_one_answer(strict, anna, news):
    delivery = sent(anna, news)
    good = links.opt_out_token(delivery.pk)
    wrong = ["x", good[:-1], links.click_token(1, delivery.pk), links.opt_in_token(delivery.pk)]
    wrong.append(links.opt_out_token(delivery.pk + 999))
    erased = customer("gone@example.org", erased_at=timezone.now())
    wrong.append(links.opt_out_token(sent(erased, news).pk))
    for send in (strict.get, strict.post):
        answers = [send(reverse("opt_out", args=[text])) for text in wrong]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
    assert may_send(anna, news)
