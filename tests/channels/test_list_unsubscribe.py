"""What a mailbox provider reads of a mail to offer its own way out (RFC 2369, RFC 8058): without these lines large ones
refuse marketing mail, and with them in a service mail somebody could opt out of her order."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client

from channels import consent
from channels.backends.base import Call
from channels.messages import rendering
from channels.models import Message, SandboxMail
from customers.models import Customer
from tests.channels import mails, runs

pytestmark = pytest.mark.django_db
PURPOSES = {"marketing": {}, "service": {"purpose": Message.Purpose.SERVICE, "topic": None}}


@pytest.fixture(autouse=True)
def _address(settings: Any) -> None:
    rendering.forget()
    settings.PUBLIC_URL = "https://news.linden.example"


@pytest.fixture
def anna() -> Customer:
    return runs.customers(1)[0]


def as_sent(purpose: str) -> EmailMessage:
    made = runs.version(mails.text("Guten Tag"), **PURPOSES[purpose])
    runs.planned(made)
    runs.send_all()
    assert runs.states(made) == {"accepted": 1}
    return message_from_bytes(bytes(SandboxMail.objects.get().raw), policy=policy.default)


def test_marketing_carries_the_one_click_door_in_these_very_lines(anna: Customer) -> None:
    mail = as_sent("marketing")
    (way_out,) = mail.get_all("List-Unsubscribe")
    assert way_out.startswith("<https://news.linden.example/u/")
    assert way_out.endswith("/>")
    assert mail.get_all("List-Unsubscribe-Post") == ["List-Unsubscribe=One-Click"]
    robot = Client(enforce_csrf_checks=True)
    door = way_out.strip("<>").removeprefix("https://news.linden.example")
    assert robot.post(door, {"List-Unsubscribe": "One-Click"}).status_code == 200
    topic = Message.objects.get().topic_id
    assert not consent.load([anna.pk], "email", topic)[anna.pk].may_send


def test_the_same_door_stands_in_the_mail_s_footer(anna: Customer) -> None:
    mail = as_sent("marketing")
    body = mail.get_body(("plain",))
    assert body is not None
    assert str(mail["List-Unsubscribe"]).strip("<>") in body.get_content()


def test_a_service_mail_offers_no_way_out(anna: Customer) -> None:
    mail = as_sent("service")
    assert mail["Subject"] == "Hallo Anna 0"
    assert [name for name in mail if name.lower().startswith("list-")] == []


def test_every_provider_is_handed_both_lines(anna: Customer) -> None:
    script = runs.scripted()
    made = runs.version(mails.text("Guten Tag"), backend="scripted")
    runs.planned(made)
    runs.send_all()
    (call,) = script.calls
    assert isinstance(call, Call)
    assert call.headers["List-Unsubscribe"].startswith("<https://news.linden.example/u/")
    assert call.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
