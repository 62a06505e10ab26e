"""What people write back: STOP counts at once, HELP is answered once, the rest waits for a human."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import consent, keywords, suppression
from channels.delivery import mails as calls
from channels.models import Account, Consent, Delivery, DeliveryEvent, ProviderReport, Reply
from channels.twilio import signature
from customers import merging
from customers.models import Customer
from tests.channels import mails, people, runs
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NUMBER = "+4915112345678"
HOUSE = "https://linden.example"
TOKEN = "right"
Write = Callable[..., Any]


@pytest.fixture
def account(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Account:
    mails.shop(languages=["de", "en"])
    mails.brand()
    settings.PUBLIC_URL = HOUSE
    made = Account.objects.create(name="SMS", backend="twilio", channel="sms")
    monkeypatch.setenv(f"ACCOUNT_{made.pk}_PASSWORD", TOKEN)
    return made


def told(account: Account, door: str, fields: dict[str, str], query: str = "", **how: Any) -> Any:
    """As Twilio calls: a form, signed with the token over the public address."""
    path = reverse(door, args=[account.pk]) + query
    made = signature.made(how.get("token", TOKEN), HOUSE + path, how.get("signed", fields).items())
    headers = {"X-Twilio-Signature": made}
    return Client().post(path, urlencode(fields), content_type=signature.FORM, headers=headers)


@pytest.fixture
def write(account: Account) -> Write:
    def send(text: str, sid: str = "SM1", **more: str) -> Any:
        return told(account, "twilio_inbound", {"MessageSid": sid, "From": NUMBER, "Body": text} | more)

    return send


def agreed(phone: str = NUMBER, **fields: Any) -> Any:
    customer = mails.customer(phone=phone, **fields)
    consent.record([replace(people.yes(customer), channel="sms")], people.NOON)
    return customer


def may_send(customer: Any, channel: str = "sms") -> bool:
    return consent.load([customer.pk], channel, None)[customer.pk].may_send


@pytest.mark.parametrize("word", ["STOP", " stopp! ", "Stop bitte", "ARRÊT", "Abmelden", "baja", "STOP ALL"])
def test_a_stop_counts_at_once_and_once(write: Write, word: str) -> None:
    hers = agreed()
    for _again in range(2):
        answer = write(word)
        assert (answer.status_code, b"<Message>" in answer.content) == (200, False)
    assert not may_send(hers)
    assert Consent.objects.filter(customer=hers, state="withdrawn").count() == 1
    reply = Reply.objects.get()
    assert (reply.kind, reply.customer, reply.done_at is None) == ("stop", hers, False)


def test_a_stop_from_a_number_that_nobody_has_holds_for_whoever_gets_it(write: Write) -> None:
    write("STOP")
    key = suppression.address_key("sms", NUMBER)
    assert suppression.load("sms", [key]) == {key: "objection"}


def test_her_own_start_gives_back_what_the_stop_took_and_no_more(write: Write) -> None:
    hers, others = agreed(), mails.customer(email="b@example.org", phone=NUMBER)
    write("STOP", "SM1")
    write("stopp", "SM2")
    assert not may_send(hers)
    write("Start bitte", "SM3")
    assert (may_send(hers), may_send(others)) == (True, False)
    assert Consent.objects.filter(customer=hers).latest("pk").evidence["form"] == "start_word"
    assert list(Reply.objects.order_by("pk").values_list("kind", flat=True)) == ["stop", "stop", "start"]
    write("Start bitte", "SM3")
    assert Consent.objects.filter(customer=hers, state="granted").count() == 2


def test_a_stop_counts_for_all_who_have_the_number_however_many(write: Write) -> None:
    mails.customer(phone=NUMBER)
    Customer.objects.bulk_create(Customer(phone=NUMBER) for _n in range(54))
    everybody = list(Customer.objects.order_by("pk"))
    consent.record([people.yes(each, channel="sms") for each in everybody], people.NOON)
    write("STOP", "SM1")
    assert not any(map(may_send, everybody))
    write("START", "SM2")
    assert all(map(may_send, everybody))


def test_a_start_leaves_out_the_topic_that_she_did_not_want_before(write: Write) -> None:
    hers, wine = agreed(), people.topic("wine")
    consent.record([people.no(hers, wine, 1, channel="sms")], people.NOON)
    write("STOP", "SM1")
    write("START", "SM2")
    assert may_send(hers)
    assert not consent.load([hers.pk], "sms", wine.pk)[hers.pk].may_send


def test_a_start_is_no_way_around_an_objection_made_elsewhere(write: Write) -> None:
    hers = agreed()
    write("STOP", "SM1")
    consent.record([replace(people.no(hers, minutes=9_999_999), channel="sms")], timezone.now())
    write("START", "SM2")
    assert not may_send(hers)
    assert Reply.objects.latest("pk").kind == "text"


def test_a_start_without_a_stop_waits_for_a_human(write: Write) -> None:
    silent = mails.customer(phone=NUMBER)
    write("START")
    assert not may_send(silent)
    assert (Reply.objects.get().kind, Reply.objects.get().done_at) == ("text", None)


def test_a_start_ends_the_objection_that_the_provider_repeated(write: Write) -> None:
    hers = agreed()
    write("STOP", "SM1")
    suppression.suppress("sms", [NUMBER], "objection", timezone.now(), "delivery 1")
    write("START", "SM2", OptOutType="START")
    assert may_send(hers)
    assert not suppression.load("sms", [suppression.address_key("sms", NUMBER)])


def test_help_is_answered_once_a_day(write: Write) -> None:
    agreed(language="en")
    first, second = write("Help"), write("hilfe", "SM2")
    assert b"Kaufhaus Linden" in first.content
    assert b"STOP ends it" in first.content
    assert b"<Message>" not in second.content


def test_help_claims_nothing_of_a_stranger(write: Write) -> None:
    answer = write("Help").content
    assert b"advertising goes only to numbers that agreed to it; STOP ends it" in answer
    assert b"you agreed" not in answer


@pytest.mark.parametrize(
    "text", ["Please do not stop", "Wann ist das Ende der Aktion?", "", "🎁", "x" * 5000]
)
def test_a_free_text_waits_for_a_human(write: Write, text: str, marketer: Any) -> None:
    hers = agreed()
    assert write(text, NumMedia="2").status_code == 200
    assert may_send(hers)
    reply = Reply.objects.get()
    assert (reply.kind, reply.done_at, reply.media, len(reply.text) <= 4000) == ("text", None, 2, True)
    page = marketer.get(reverse("reply_list"), {"open": "no"}).content.decode()
    assert str(hers) in page
    marketer.post(reverse("reply_list"), {"action": "done", "ids": [reply.pk]})
    assert Reply.objects.get().done_by == marketer.user


def test_words_are_known_in_each_language_and_in_doubt_they_stop() -> None:
    assert keywords.meaning("stop") == (Reply.Kind.STOP, "en")
    assert keywords.meaning("Aiuto, per favore") == (Reply.Kind.HELP, "it")
    assert not set(keywords.STOP["de"]) & {word for words in keywords.HELP.values() for word in words}


@pytest.mark.parametrize(
    "how",
    [{"token": "wrong"}, {"signed": {"MessageSid": "SM2"}}, {"signed": {}}],
    ids=["another token", "other fields", "no fields"],
)
def test_what_is_forged_changes_nothing(account: Account, how: dict[str, Any]) -> None:
    hers = agreed()
    fields = {"MessageSid": "SM1", "From": NUMBER, "Body": "STOP"}
    assert told(account, "twilio_inbound", fields, **how).status_code == 403
    assert told(account, "twilio_status", fields | {"MessageStatus": "delivered"}, **how).status_code == 403
    assert may_send(hers)
    assert not Reply.objects.exists()
    assert not ProviderReport.objects.exists()


def test_an_account_without_a_token_has_no_door(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(f"ACCOUNT_{account.pk}_PASSWORD")
    assert told(account, "twilio_inbound", {"MessageSid": "SM1", "From": NUMBER}).status_code == 404


@pytest.fixture
def called(account: Account) -> Delivery:
    """An SMS that Twilio has taken over, or of which no answer came."""
    version = runs.version()
    hers = agreed(email="anna@example.org")
    return Delivery.objects.create(
        message=version.message,
        version=version,
        account=account,
        occurrence=1,
        customer=hers,
        channel="sms",
        language="de",
        state="unknown",
        due_at=mails.NOW,
        address_key=suppression.address_key("sms", NUMBER),
    )


def report(delivery: Delivery, status: str, **more: str) -> Any:
    fields = {"MessageSid": "SM9", "MessageStatus": status, "To": NUMBER} | more
    query = "?" + urlencode({"delivery": calls.reference(delivery.pk)})
    return told(delivery.account, "twilio_status", fields, query)


def test_reports_settle_what_was_unknown_in_any_order_and_once(called: Delivery) -> None:
    for status in ("sent", "delivered", "delivered", "queued"):
        assert report(called, status).status_code == 200
    called.refresh_from_db()
    assert called.state == "delivered"
    assert list(DeliveryEvent.objects.values_list("kind", flat=True)) == ["delivered"]


@pytest.mark.parametrize(
    ("code", "reason"), [("30005", "bounce"), ("30003", None), ("21610", "objection"), ("nonsense", None)]
)
def test_a_number_that_is_dead_is_not_written_to_again(
    called: Delivery, code: str, reason: str | None
) -> None:
    assert report(called, "undelivered", ErrorCode=code).status_code == 200
    called.refresh_from_db()
    assert called.state == "bounced"
    key = suppression.address_key("sms", NUMBER)
    assert suppression.load("sms", [key]).get(key) == reason


@pytest.mark.parametrize(
    ("tracked", "agrees", "kinds"),
    [
        (True, True, ["delivered", "opened"]),
        (True, False, ["delivered"]),
        (False, True, ["delivered"]),
    ],
    ids=["agreed", "taken back since", "not asked then"],
)
def test_a_whatsapp_message_that_was_read_needs_no_other_channel(
    called: Delivery, tracked: bool, agrees: bool, kinds: list[str]
) -> None:
    """And that she read it is noted of nobody who does not agree to that."""
    Delivery.objects.update(tracked=tracked)
    word = people.yes if agrees else people.no
    consent.record([replace(word(called.customer, purpose="tracking"), channel="sms")], people.NOON)
    for status in ("delivered", "read", "read"):
        assert report(called, status).status_code == 200
    assert list(DeliveryEvent.objects.order_by("kind").values_list("kind", flat=True)) == kinds


def test_a_stop_is_put_down_to_the_message_that_it_answers(called: Delivery, write: Write) -> None:
    Delivery.objects.update(state="accepted", called_at=timezone.now() - timedelta(hours=1))
    write("STOP")
    assert DeliveryEvent.objects.get().kind == "opted_out"


def test_replies_follow_a_customer_who_is_merged(write: Write) -> None:
    loser, winner = agreed(), mails.customer(email="b@example.org")
    write("Hallo")
    merging.merge(loser.pk, winner.pk, UserFactory(), timezone.now())
    assert Reply.objects.get().customer == winner
