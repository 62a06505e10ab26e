"""The messages of a customer on the shop's pages: hers alone, proven by the shop's server, harmless."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels import consent
from channels.in_app import keeping, visits
from channels.models import Delivery, DeliveryEvent, InboxMessage
from customers.models import Customer, Erasure
from customers.tracking import keys
from tests.channels import mails, people, shop_pages
from tests.channels.shop_pages import ORIGIN, belongs, known, opened, sent, signed
from tests.customers.door import made
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Customer:
    return known()


@pytest.fixture
def tab(anna: Customer) -> shop_pages.Page:
    return opened(UserFactory())


def test_she_gets_her_messages_and_nobody_keeps_them_on_the_way(tab: shop_pages.Page) -> None:
    [delivery] = sent(mails.text("Zehn Prozent auf Wolle"), mails.button(), place="modal")
    assert delivery.state == "accepted"
    answer = tab.call()
    assert answer["Cache-Control"] == "no-store"
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert answer["Vary"] == "Origin"
    [message] = answer.json()["messages"]
    assert (message["title"], message["text"]) == ("Nur heute", "Zehn Prozent auf Wolle")
    assert (message["place"], message["pages"], message["cartFrom"]) == ("modal", [], None)
    assert "/c/" in message["actions"][0]["link"]
    assert set(message) & {"delivery", "customer", "id"} == set()


def test_what_was_fetched_is_delivered_once(tab: shop_pages.Page) -> None:
    [delivery] = sent()
    tab.call()
    other = shop_pages.Page(tab.key, visitor="her-telephone", token=tab.token)
    other.call()
    delivery.refresh_from_db()
    assert delivery.state == "delivered"
    assert DeliveryEvent.objects.filter(kind="delivered").count() == 1


def test_the_same_again_is_not_sent_again(tab: shop_pages.Page) -> None:
    sent()
    first = tab.call().json()
    again = tab.call(known=first["version"]).json()
    assert again["unchanged"] is True
    assert "messages" not in again
    sent(subject="Noch etwas")
    assert len(tab.call(known=first["version"]).json()["messages"]) == 2


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\ud800", "é" * 10, 7, None, ["a"], {"a": 1}])
def test_a_visitor_alone_opens_nothing(tab: shop_pages.Page, anna: Customer, token: Any) -> None:
    sent()
    belongs(tab.visitor, anna)
    assert tab.call(token=token).status_code == 401
    assert not DeliveryEvent.objects.exists()


def test_forged_tokens_open_nothing(tab: shop_pages.Page) -> None:
    other, _secret = made(UserFactory(), "browser", scopes=[], origins=[ORIGIN])
    forged = [
        signed(other, "17"),
        signed(tab.key, "17", exp=int(datetime.now(UTC).timestamp()) - 1),
        signed(tab.key, "18"),
        tab.token[:-2] + "AA",
        shop_pages.jwt.encode({"sub": "17", "exp": 9e9}, "", algorithm="none"),
    ]
    assert [tab.call(token=each).status_code for each in forged] == [401] * len(forged)


def test_a_pass_is_good_for_its_key_and_visitor_and_half_a_day(
    tab: shop_pages.Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent()
    tab.call()
    assert tab.given
    belongs(tab.visitor, Customer.objects.get())
    tab.token = ""
    assert len(tab.messages) == 1
    other, _secret = made(UserFactory(), "browser", scopes=[], origins=[ORIGIN])
    stolen = [
        tab.call(anonymousId="somebody-else"),
        tab.call(writeKey=keys.public(other)),
        tab.call(**{"pass": tab.given[:-1]}),
    ]
    assert [answer.status_code for answer in stolen] == [401] * 3
    later = timezone.now() + visits.PASS_LASTS + timedelta(seconds=1)
    monkeypatch.setattr("channels.api_routers.inbox.timezone.now", lambda: later)
    assert tab.call().status_code == 401


def test_a_browser_that_is_somebody_elses_shows_nothing(tab: shop_pages.Page) -> None:
    belongs(tab.visitor, known("18"))
    assert tab.call().status_code == 403


def test_each_sees_her_own(tab: shop_pages.Page) -> None:
    known("18", first_name="Berta")
    sent(mails.text("Guten Tag {{ first_name }}"))
    other = shop_pages.Page(tab.key, visitor="of-berta", token=signed(tab.key, "18"))
    assert [each["text"] for each in tab.messages] == ["Guten Tag Anna"]
    assert [each["text"] for each in other.messages] == ["Guten Tag Berta"]
    hers = InboxMessage.objects.get(customer__first_name="Berta")
    assert tab.do("dismissed", hers).status_code == 200
    hers.refresh_from_db()
    assert hers.dismissed_at is None, "nobody closes another's messages"


def test_the_key_works_on_its_own_pages_only(tab: shop_pages.Page) -> None:
    tab.headers["Origin"] = "https://evil.example"
    answer = tab.call()
    assert answer.status_code == 403
    _server, secret = made(UserFactory())
    tab.headers["Origin"] = ORIGIN
    assert tab.call(writeKey=secret).status_code == 401
    assert tab.call(writeKey=["x"]).status_code == 401
    keys.revoke(tab.key, UserFactory(), timezone.now())
    assert tab.call().status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"1", b"\xff", b"[" * 9_000, b"x" * 30_000])
def test_what_cannot_be_read_is_refused(tab: shop_pages.Page, body: bytes) -> None:
    client = Client(headers=tab.headers)
    answer = client.post("/api/v1/inbox", body, content_type="text/plain")
    assert answer.status_code in (400, 413)
    assert answer.json()["reason"]


@pytest.mark.parametrize(
    "given", [None, 5, "x", [5], [{}], [{"key": "x", "what": "seen"}], [{"key": 5, "what": ["seen"]}] * 300]
)
def test_acts_that_are_none_do_nothing(tab: shop_pages.Page, given: Any) -> None:
    sent()
    assert tab.call("inbox/acts", acts=given).status_code == 200
    assert InboxMessage.objects.get().seen_at is None


def test_too_many_calls_are_told_to_wait(tab: shop_pages.Page, settings: Any) -> None:
    settings.BROWSER_CALLS_A_MINUTE = 2
    answers = [tab.call() for _number in range(4)]
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"] == "60"


def test_an_evil_row_is_made_harmless_when_it_is_read(tab: shop_pages.Page) -> None:
    """H5: whatever wrote the row, only addresses of the web come out."""
    sent()
    bad = "javascript:alert(document.domain)"
    InboxMessage.objects.update(
        parts={
            "link": bad,
            "picture": "data:text/html,x",
            "actions": [
                {"label": "Los", "link": bad},
                {"label": "Los", "link": " JaVaScRiPt:x"},
                {"label": "Los", "link": "//evil.example"},
                {"label": "Gut", "link": "https://linden.example/"},
                "x",
            ],
            "gap": ["x"],
            "html": "<script>",
        },
        targeting={"pages": [1, None], "cart_from": "x", "slot": {"a": 1}},
    )
    [message] = tab.messages
    assert (message["link"], message["picture"], message["gap"], message["pages"]) == ("", "", None, [])
    assert message["actions"] == [{"label": "Gut", "link": "https://linden.example/"}]
    assert "html" not in message
    InboxMessage.objects.update(parts=["x"], targeting="x")
    assert tab.messages[0]["actions"] == []


def test_an_evil_link_is_not_kept_either(anna: Customer) -> None:
    sent({"id": "b", "kind": "image", "address": "https://linden.example/a.jpg", "alt": "Wolle", "link": ""})
    row = InboxMessage.objects.get()
    assert row.parts["picture"] == "https://linden.example/a.jpg"
    row.delete()
    evil = {"link": "javascript:x", "actions": [{"label": "Los", "link": "vbscript:x"}]}
    keeping.keep([keeping.Message(Delivery.objects.get().pk, "t", "x", evil)], mails.NOW)
    kept = InboxMessage.objects.get()
    assert (kept.parts["link"], kept.parts["actions"]) == ("", [])


def test_who_takes_back_her_yes_sees_no_marketing_any_more(tab: shop_pages.Page, anna: Customer) -> None:
    sent()
    assert len(tab.messages) == 1
    no = vars(people.yes(anna)) | {"channel": "in_app", "granted": False, "stated_at": timezone.now()}
    consent.record([consent.Statement(**no)], timezone.now())
    assert tab.messages == []


def test_a_cancelled_or_old_message_is_gone(tab: shop_pages.Page) -> None:
    [delivery] = sent(days=2)
    assert len(tab.messages) == 1
    row = InboxMessage.objects.get()
    assert row.expires_at - row.created_at == timedelta(days=2)
    InboxMessage.objects.update(expires_at=timezone.now())
    assert tab.messages == []
    InboxMessage.objects.update(expires_at=timezone.now() + timedelta(days=1))
    type(delivery.message).objects.update(cancelled_at=timezone.now())
    assert tab.messages == []


def test_a_message_is_not_shown_behind_the_end_of_its_coupon(tab: shop_pages.Page) -> None:
    [delivery] = sent(days=2)
    InboxMessage.objects.all().delete()
    now = timezone.now()
    ends = now + timedelta(hours=3)
    keeping.keep([keeping.Message(delivery.pk, "t", "x", {"days": 2}, ends)], now)
    assert InboxMessage.objects.get().expires_at == ends
    InboxMessage.objects.all().delete()
    keeping.keep([keeping.Message(delivery.pk, "t", "x", {"days": 2}, now + timedelta(days=9))], now)
    assert InboxMessage.objects.get().expires_at == now + timedelta(days=2)


def test_an_offer_for_one_visit_stays_in_the_window_in_which_it_was_seen(tab: shop_pages.Page) -> None:
    sent(session_only=True)
    row = InboxMessage.objects.get()
    assert len(tab.messages) == 1
    other = shop_pages.Page(tab.key, visitor="tablet", token=tab.token, session="window-2")
    assert len(other.messages) == 1, "nobody has seen it yet"
    tab.do("seen", row)
    assert len(tab.messages) == 1
    assert other.messages == []


def test_what_she_did_counts_once(tab: shop_pages.Page) -> None:
    [delivery] = sent(mails.button())
    row = InboxMessage.objects.get()
    tab.call()
    for _time in range(2):
        for what in ("seen", "read", "dismissed", "removed"):
            assert tab.do(what, row).status_code == 200
    row.refresh_from_db()
    assert all([row.seen_at, row.read_at, row.dismissed_at, row.removed_at])
    kinds = DeliveryEvent.objects.filter(delivery=delivery).values_list("kind", flat=True)
    assert sorted(kinds) == ["delivered", "dismissed", "opened"]
    assert tab.messages == []


def test_a_counted_link_counts_its_click_itself(tab: shop_pages.Page) -> None:
    [delivery] = sent(mails.button())
    row = InboxMessage.objects.get()
    link = tab.messages[0]["actions"][0]["link"]
    tab.do("clicked", row, link=link)
    assert not DeliveryEvent.objects.filter(kind="clicked").exists()
    answer = Client().get(link.replace("http://localhost:8000", ""), headers={"User-Agent": "Firefox"})
    assert answer.status_code in (302, 303)
    [click] = DeliveryEvent.objects.filter(delivery=delivery, kind="clicked")
    assert click.human, "it was fetched only just before, and is a person's all the same"
    row.refresh_from_db()
    assert row.clicked_at is not None


def test_without_tracking_consent_nothing_is_known_of_her_in_the_figures(
    tab: shop_pages.Page, anna: Customer
) -> None:
    no = vars(people.yes(anna)) | {"channel": "in_app", "purpose": "tracking", "granted": False}
    consent.record([consent.Statement(**no | {"stated_at": timezone.now()})], timezone.now())
    [delivery] = sent()
    row = InboxMessage.objects.get()
    tab.call()
    for what in ("seen", "clicked", "dismissed"):
        tab.do(what, row)
    row.refresh_from_db()
    assert row.dismissed_at is not None, "the page needs to know"
    kinds = DeliveryEvent.objects.filter(delivery=delivery).values_list("kind", flat=True)
    assert list(kinds) == ["delivered"]


def test_consent_taken_back_since_the_message_went_out_counts(tab: shop_pages.Page, anna: Customer) -> None:
    [delivery] = sent()
    assert delivery.tracked
    row = InboxMessage.objects.get()
    tab.call()
    no = vars(people.yes(anna)) | {"channel": "in_app", "purpose": "tracking", "granted": False}
    consent.record([consent.Statement(**no | {"stated_at": timezone.now()})], timezone.now())
    for what in ("seen", "clicked", "dismissed"):
        tab.do(what, row)
    kinds = DeliveryEvent.objects.filter(delivery=delivery).values_list("kind", flat=True)
    assert list(kinds) == ["delivered"]


def test_a_browser_may_ask_whether_it_may_ask(tab: shop_pages.Page) -> None:
    answer = Client(headers={"Origin": ORIGIN}).options("/api/v1/inbox")
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (204, ORIGIN)
    other = Client(headers={"Origin": "https://evil.example"}).options("/api/v1/inbox")
    assert "Access-Control-Allow-Origin" not in other


def test_an_erased_customer_has_no_messages(tab: shop_pages.Page, anna: Customer) -> None:
    sent()
    tab.call()
    Customer.objects.filter(pk=anna.pk).update(erased_at=timezone.now())
    assert tab.call().status_code == 401
    assert not Erasure.objects.exists()
