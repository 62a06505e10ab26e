"""A tracked link leads to its stored target, and what it counts is a person's click or nobody's."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import consent, links, machines
from channels.models import DeliveryEvent, Link
from channels.signals import delivery_events_recorded
from tests.channels.people import customer, no, sent, topic, yes

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TARGET = "https://shop.example/sale"


@pytest.fixture
def anna():
    person = customer()
    consent.record([yes(person, purpose="tracking")], timezone.now())
    return person


@pytest.fixture
def delivery(anna):
    return sent(anna, at=timezone.now() - timedelta(hours=1))


def token(delivery):
    return links.click_token(Link.objects.latest("pk").pk, delivery.pk)


def open_link(text, method="get", agent=BROWSER, **headers):
    return getattr(Client(), method)(reverse("click", args=[text]), headers={"User-Agent": agent} | headers)


def test_a_click_leads_to_the_target_and_is_hers(delivery):
    response = open_link(token(delivery))
    assert (response.status_code, response["Location"]) == (302, TARGET)
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    event = DeliveryEvent.objects.get()
    assert (event.delivery, event.kind, event.human) == (delivery, "clicked", True)
    assert event.link == Link.objects.get()


def test_the_redirect_takes_at_most_three_queries(delivery, django_assert_max_num_queries):
    hers, nobodys = token(delivery), links.anonymous_token(Link.objects.get().pk)
    with django_assert_max_num_queries(3 + 2):  # and the savepoint that stands for the transaction in a test
        open_link(hers)
    with django_assert_max_num_queries(2):
        open_link(nobodys)


def test_clicking_on_within_a_minute_is_one_click_and_later_another(delivery, monkeypatch):
    start = timezone.now().replace(second=5)
    for seconds in (0, 10, 20, 70):
        monkeypatch.setattr(timezone, "now", lambda at=start + timedelta(seconds=seconds): at)
        open_link(token(delivery))
    assert DeliveryEvent.objects.count() == 2


def test_after_tracking_was_withdrawn_a_click_is_nobodys(anna, delivery):
    consent.record([no(anna, minutes=5, purpose="tracking")], timezone.now())
    assert open_link(token(delivery)).status_code == 302
    assert not DeliveryEvent.objects.exists()
    assert Link.objects.get().anonymous_clicks == 1


def test_a_mail_that_went_out_untracked_stays_untracked(anna):
    delivery = sent(anna, tracked=False)
    open_link(token(delivery))
    assert not DeliveryEvent.objects.exists()
    assert Link.objects.get().anonymous_clicks == 1


def test_tracking_of_one_topic_does_not_cover_another():
    berta, news, wine = customer("berta@example.org"), topic("news"), topic("wine")
    consent.record([yes(berta, news, purpose="tracking")], timezone.now())
    open_link(token(sent(berta, wine)))
    assert not DeliveryEvent.objects.exists()
    open_link(token(sent(berta, news)))
    assert DeliveryEvent.objects.count() == 1


def test_after_erasure_the_link_still_leads_there_and_knows_nobody(anna, delivery):
    anna.erased_at = timezone.now()
    anna.save()
    assert open_link(token(delivery)).status_code == 302
    assert not DeliveryEvent.objects.exists()


def test_an_anonymous_link_counts_only_on_the_link(delivery):
    open_link(links.anonymous_token(Link.objects.get().pk))
    assert Link.objects.get().anonymous_clicks == 1
    assert not DeliveryEvent.objects.exists()


def test_a_hundred_heads_and_scans_change_nothing_for_the_person(delivery):
    for _n in range(50):
        assert open_link(token(delivery), "head").status_code == 302
    assert not DeliveryEvent.objects.exists()
    for _n in range(50):
        open_link(token(delivery), agent="Proofpoint URL Defense scanner")
    assert set(DeliveryEvent.objects.values_list("human", flat=True)) == {False}
    assert DeliveryEvent.objects.count() <= 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"X-Purpose": "preview"},
        {"User-Agent": "python-requests/2.32"},
        {"User-Agent": "Mozilla/5.0 (compatible; bingbot/2.0)"},
        {"User-Agent": "WhatsApp/2.23"},
        {"User-Agent": "Mozilla/5.0 (Windows) Barracuda Sentinel (EE)"},
    ],
)
def test_what_gives_itself_away_is_a_machine(delivery, headers):
    open_link(token(delivery), **headers)
    assert not DeliveryEvent.objects.get().human


@pytest.mark.parametrize(
    "agent",
    [
        BROWSER,
        "",
        "Mozilla/5.0 (Linux; Android 14; CUBOT X70) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile Safari/604.1",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36 Edg/142.0",
        "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36",
    ],
)
def test_ordinary_browsers_are_people(agent):
    assert not machines.is_machine({"User-Agent": agent})


def test_sooner_than_anybody_can_read_is_a_machine(anna):
    open_link(token(sent(anna, at=timezone.now() - timedelta(seconds=1))))
    assert not DeliveryEvent.objects.get().human


def test_all_links_of_a_mail_at_once_are_opened_by_a_machine(delivery):
    content = Link.objects.get().content
    others = [Link.objects.create(content=content, position=n, url=TARGET) for n in (2, 3)]
    for link in [Link.objects.order_by("pk").first(), *others]:
        open_link(links.click_token(link.pk, delivery.pk))
    assert list(DeliveryEvent.objects.values_list("human", flat=True)) == [False] * 3


def test_wrong_links_have_one_answer(delivery):
    good = token(delivery)
    wrong = [good[:-1], good + "A", "x", links.opt_out_token(delivery.pk), links.click_token(999_999, 1)]
    pages = {open_link(text).content for text in wrong}
    assert {open_link(text).status_code for text in wrong} == {404}
    assert len(pages) == 1


def test_a_click_is_told_upward_once(delivery):
    heard = []

    def listen(ids, **_more):
        heard.append(ids)

    delivery_events_recorded.connect(listen)
    open_link(token(delivery))
    open_link(token(delivery))
    delivery_events_recorded.disconnect(listen)
    assert heard[0] == [DeliveryEvent.objects.first().pk]


def test_posting_is_refused(delivery):
    assert open_link(token(delivery), "post").status_code == 405
