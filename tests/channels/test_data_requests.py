"""Download and deletion of one's own data: only by a fresh link to the own mailbox, once, within the hour."""

import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import consent, data_requests, links, opt_out, service_mail, suppression
from channels.backends import Outcome
from channels.backends.base import Kind
from channels.messages import septets
from channels.models import Account, Brand, DataRequest, Delivery, SandboxMail, Sender, Suppression
from customers.models import Customer, Erasure
from tests.channels.people import customer, sent, topic, yes

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Customer:
    account = Account.objects.create(name="Sandbox", backend="sandbox")
    Sender.objects.create(name="Kaufhaus Linden", email="post@linden.example", account=account)
    person = customer(language="en", first_name="Anna", city="Hildesheim")
    consent.record([yes(person, topic("news"))], timezone.now())
    return person


@pytest.fixture
def delivery(anna: Customer) -> Delivery:
    return sent(anna)


def ask(delivery: Delivery, kind: str) -> str:
    page = reverse("preferences", args=[links.preferences_token(delivery.pk)])
    return Client(enforce_csrf_checks=True).post(page, {"choice": kind}).content.decode()


def link() -> str:
    mail = SandboxMail.objects.latest("pk")
    text = bytes(mail.raw).decode().replace("=\r\n", "").replace("=\n", "")
    found = re.search(r"/d/[\w-]+/", text)
    assert found
    return found.group(0)


def mailed(delivery: Delivery, kind: str) -> str:
    assert "on its way" in ask(delivery, kind)
    assert data_requests.mail_waiting(timezone.now()) == 1
    return link()


def test_the_data_comes_by_a_link_in_a_mail_to_her(anna: Customer, delivery: Delivery) -> None:
    page = mailed(delivery, "download")
    assert SandboxMail.objects.get().recipient == anna.email
    for _n in range(5):  # scanners
        assert Client().get(page).status_code == 200
        Client().head(page)
    response = Client(enforce_csrf_checks=True).post(page)
    assert response["Content-Type"] == "application/zip"
    assert response["Cache-Control"] == "no-store"
    files = zipfile.ZipFile(io.BytesIO(response.content))
    data = json.loads(files.read("data.json"))
    assert data["profile"][0]["city"] == "Hildesheim"
    assert data["consents"][0]["evidence"]["wording"]
    assert "Hildesheim" in files.read("data.html").decode()
    assert Client().post(page).status_code == 404
    assert Client().get(page).status_code == 404


def test_deletion_asks_and_then_forgets(anna: Customer, delivery: Delivery) -> None:
    page = mailed(delivery, "erase")
    assert "Delete all my data?" in Client().get(page).content.decode()
    assert not Erasure.objects.exists()
    assert "Deleted" in Client(enforce_csrf_checks=True).post(page).content.decode()
    anna.refresh_from_db()
    assert anna.erased_at
    assert anna.email == anna.first_name == ""
    assert Erasure.objects.get().by == "customer"
    assert Client().get(page).status_code == 404
    assert not DataRequest.objects.exists()


def test_the_link_grows_old(delivery: Delivery) -> None:
    page = mailed(delivery, "download")
    DataRequest.objects.update(mailed_at=timezone.now() - timedelta(minutes=61))
    assert Client().post(page).status_code == 404


def test_the_link_is_for_this_address_only(anna: Customer, delivery: Delivery) -> None:
    page = mailed(delivery, "erase")
    Customer.objects.update(email="somebody.else@example.org")
    assert Client().post(page).status_code == 404
    assert not Erasure.objects.exists()


def test_no_other_token_is_a_proof(delivery: Delivery) -> None:
    mailed(delivery, "erase")
    row = DataRequest.objects.get()
    for token in (links.preferences_token(row.pk), links.opt_out_token(row.pk), links.data_token(row.pk + 1)):
        assert Client().get(reverse("own_data", args=[token])).status_code == 404


def test_a_link_that_was_not_mailed_does_not_work(delivery: Delivery) -> None:
    ask(delivery, "download")
    assert (
        Client().get(reverse("own_data", args=[links.data_token(DataRequest.objects.get().pk)])).status_code
        == 404
    )


def test_nobody_is_bombed(delivery: Delivery) -> None:
    """T27: two a day, whatever is asked for; the third says so."""
    assert ["on its way" in ask(delivery, kind) for kind in ("erase", "download", "erase", "download")] == [
        True,
        True,
        False,
        False,
    ]
    assert data_requests.mail_waiting(timezone.now()) == 2
    door = opt_out.door_of(delivery.pk)
    assert door is not None
    at, kind = timezone.now(), DataRequest.Kind.DOWNLOAD
    asked = [
        data_requests.ask(door, kind, "en", "", at + timedelta(days=day, hours=1)) for day in range(1, 6)
    ]
    assert asked == [True, True, True, False, False]  # five in a week


def test_one_client_cannot_have_everybody_mailed(anna: Customer) -> None:
    doors = [opt_out.door_of(sent(customer(f"p{n}@example.org")).pk) for n in range(22)]
    at, kind = timezone.now(), DataRequest.Kind.ERASE
    asked = [data_requests.ask(door, kind, "en", "192.0.2.1", at) for door in doors if door]
    assert asked.count(True) == data_requests.PER_CLIENT[1] == 20


def test_a_mailbox_that_does_not_exist_gets_nothing_and_an_objection_is_no_obstacle(
    anna: Customer, delivery: Delivery
) -> None:
    suppression.suppress("email", [anna.email], Suppression.Reason.BOUNCE, timezone.now())
    assert "No mail was sent: there is no mailbox" in ask(delivery, "download")
    Suppression.objects.update(reason=Suppression.Reason.OBJECTION)
    assert "on its way" in ask(delivery, "download")


def test_a_broken_line_is_tried_again_and_a_late_mail_is_not_sent(
    delivery: Delivery, monkeypatch: Any
) -> None:
    ask(delivery, "download")
    at = timezone.now()
    with monkeypatch.context() as broken:
        broken.setattr(service_mail, "data_link", lambda *args: Outcome(Kind.LINE))
        assert data_requests.mail_waiting(at) == 0
    assert data_requests.mail_waiting(at + timedelta(minutes=1)) == 0  # leased
    assert data_requests.mail_waiting(at + data_requests.LEASE) == 1
    ask(delivery, "download")
    assert data_requests.mail_waiting(at + timedelta(hours=2)) == 0
    assert DataRequest.objects.latest("pk").withheld == "late"


@pytest.mark.parametrize("kind", ["download", "erase"])
def test_without_a_mailbox_she_is_told_how_to_ask_the_shop(kind: str) -> None:
    """ "Try again tomorrow" would be wrong, for ever."""
    Brand.objects.create(pk=1, imprint={"en": "Linden Ltd\nservice@linden.example"})
    delivery = sent(customer("", language="en", phone="+4915112345678"), channel="sms")
    page = Client().get(reverse("preferences", args=[links.preferences_token(delivery.pk)])).content.decode()
    assert "Linden Ltd<br>service@linden.example" in page
    assert f'value="{kind}"' not in page
    answer = ask(delivery, kind)  # a page that lay open
    assert "tomorrow" not in answer
    assert "ask the shop" in answer
    assert not DataRequest.objects.exists()


def test_who_has_a_mailbox_is_not_sent_to_the_shop(delivery: Delivery) -> None:
    page = Client().get(reverse("preferences", args=[links.preferences_token(delivery.pk)])).content.decode()
    assert 'value="erase"' in page
    assert "How to reach the shop" not in page


# --- Without a mailbox, by SMS ---


@pytest.fixture
def by_number() -> Delivery:
    """She has a number, and the shop an account for SMS."""
    Account.objects.create(name="SMS", backend="sandbox", channel="sms")
    return sent(customer("", language="en", first_name="Anna", phone="+4915112345678"), channel="sms")


def texted(delivery: Delivery, kind: str) -> str:
    assert "An SMS with a link is on its way to +49•••78" in ask(delivery, kind)
    assert data_requests.mail_waiting(timezone.now()) == 1
    text = SandboxMail.objects.latest("pk")
    assert (text.channel, text.recipient) == ("sms", "+4915112345678")
    found = re.search(r"https?://\S+(/d/[\w-]+/)", text.text)
    assert found
    return found.group(1)


def test_without_a_mailbox_the_link_comes_to_her_number(by_number: Delivery) -> None:
    page = texted(by_number, "download")
    assert "+49•••78" in Client().get(page).content.decode()
    response = Client(enforce_csrf_checks=True).post(page)
    data = json.loads(zipfile.ZipFile(io.BytesIO(response.content)).read("data.json"))
    assert data["profile"][0]["first_name"] == "Anna"
    assert Client().post(page).status_code == 404


def test_deletion_by_a_text_is_for_this_number_only(by_number: Delivery) -> None:
    page = texted(by_number, "erase")
    Customer.objects.update(phone="+4915199999999")
    assert Client().post(page).status_code == 404
    Customer.objects.update(phone="+4915112345678")
    assert "Deleted" in Client().post(page).content.decode()
    assert Erasure.objects.get().by == "customer"


def test_nobody_is_bombed_by_texts(by_number: Delivery) -> None:
    """T27: with the limits of mails."""
    for _n in range(2):
        texted(by_number, "erase")
    assert "No SMS was sent: there were several already" in ask(by_number, "download")
    assert DataRequest.objects.count() == 2


def test_a_mailbox_is_asked_first_and_a_dead_one_gives_way_to_the_number(by_number: Delivery) -> None:
    Customer.objects.update(email="anna@example.org")
    Sender.objects.create(
        name="Linden", email="post@linden.example", account=Account.objects.get(name="Test")
    )
    assert "A mail with a link is on its way to a•••@e•••.org" in ask(by_number, "download")
    suppression.suppress("email", ["anna@example.org"], Suppression.Reason.BOUNCE, timezone.now())
    assert "An SMS with a link" in ask(by_number, "download")
    assert data_requests.mail_waiting(timezone.now()) == 2
    assert set(SandboxMail.objects.values_list("channel", flat=True)) == {"email", "sms"}


def test_a_number_that_changed_meanwhile_gets_no_link(by_number: Delivery) -> None:
    ask(by_number, "download")
    Customer.objects.update(phone="+4915199999999")
    assert data_requests.mail_waiting(timezone.now()) == 0
    assert DataRequest.objects.get().withheld == "bad_address"


def test_a_number_that_the_provider_refuses_is_not_promised_again(
    by_number: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """She wrote STOP, and Twilio keeps to it."""
    monkeypatch.setattr(service_mail, "data_text", lambda *_given: Outcome(Kind.ADDRESS, detail="21610"))
    assert "An SMS with a link" in ask(by_number, "download")
    assert data_requests.mail_waiting(timezone.now()) == 0
    assert "ask the shop" in ask(by_number, "download")


def test_an_account_that_sends_goes_before_one_that_is_paused(by_number: Delivery) -> None:
    Account.objects.filter(channel="sms").update(paused_at=timezone.now())
    moved = Account.objects.create(name="New phones", backend="sandbox", channel="sms")
    assert service_mail.sms_account() == moved


def test_a_dead_number_and_a_paused_account_get_nothing(by_number: Delivery) -> None:
    ask(by_number, "download")
    Account.objects.filter(channel="sms").update(paused_at=timezone.now())
    assert data_requests.mail_waiting(timezone.now()) == 0
    assert DataRequest.objects.get().withheld == ""  # it waits
    suppression.suppress("sms", ["+4915112345678"], Suppression.Reason.BOUNCE, timezone.now())
    assert "ask the shop" in ask(by_number, "download")


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("kind", ["erase", "download"])
def test_the_text_is_short(by_number: Delivery, language: str, kind: str, settings: Any) -> None:
    settings.PUBLIC_URL = "https://crm.kaufhaus-linden.example"
    token = links.data_token(1_000_000)
    assert (
        service_mail.data_text("+4915112345678", language, kind, token, timezone.now()).kind == Kind.ACCEPTED
    )
    assert septets.size(SandboxMail.objects.get().text).parts <= 2
