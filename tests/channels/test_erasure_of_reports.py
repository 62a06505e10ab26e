"""What providers told of somebody is found by her telephone number as well as by her e-mail, however it is written."""

import json
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.utils import timezone

from channels import suppression, traces, webhooks
from channels.models import Account, Delivery, ProviderReport, Reply, SandboxMail
from customers import privacy
from customers.models import Customer, Erasure
from customers.privacy import Asked
from tests.channels import mails
from tests.channels.test_replies import NUMBER, account, called, report, told, write
from tests.channels.test_replies import Write as Write

__all__ = ["account", "called", "write"]
pytestmark = pytest.mark.django_db
OTHER = "+4915187654321"


def erase(customer: Customer) -> None:
    at = timezone.now()
    assert privacy.erase(customer.pk, Asked(Erasure.By.CUSTOMER, at), at)


def bodies() -> str:
    return " ".join(bytes(row.body).decode() for row in ProviderReport.objects.order_by("pk"))


@pytest.mark.parametrize("to", [NUMBER, f"whatsapp:{NUMBER}"])
@pytest.mark.parametrize("status", ["delivered", "undelivered", "queued", "sent", "strange"])
def test_reports_of_every_step_are_found_by_her_number(called: Delivery, to: str, status: str) -> None:
    """Also of those steps that are no news to us."""
    assert report(called, status, To=to).status_code == 200
    assert report(called, status, MessageSid="SM10", To=OTHER).status_code == 200
    assert NUMBER[1:] in bodies()  # the control
    erase(called.customer)
    assert NUMBER[1:] not in bodies()
    assert OTHER[1:] in bodies(), "those of others stay"


def test_a_number_that_she_has_no_more_is_known_from_what_was_sent(called: Delivery) -> None:
    report(called, "delivered")
    Customer.objects.filter(pk=called.customer_id).update(phone=OTHER)
    erase(called.customer)
    assert NUMBER[1:] not in bodies()


@pytest.mark.parametrize(
    "body",
    [
        urlencode({"To": NUMBER}),
        urlencode({"To": f"whatsapp:{NUMBER}"}),
        json.dumps({"to": NUMBER}),
        json.dumps({"to": NUMBER}).replace("+", "\\u002b"),
        json.dumps({"to": "Anna.B+x@Example.org"}),
        urlencode({"to": "anna.b+x@example.org"}),
    ],
)
def test_what_nobody_could_read_is_looked_through(body: str) -> None:
    hers = mails.customer(phone=NUMBER, email="anna.b+x@example.org")
    kept = ProviderReport.objects.create(provider="p", key="1", body=body.encode(), fault="ValueError")
    near = [f"{NUMBER}0", "annaXb+x@example.org", "anna.b+x@example.organic", "49151"]
    for key, text in enumerate(near):
        ProviderReport.objects.create(provider="p", key=f"near {key}", body=text.encode(), fault="ValueError")
    erase(hers)
    kept.refresh_from_db()
    assert bytes(kept.body) == b""
    assert bodies().split() == near


def test_a_report_of_an_opening_is_found_by_her_e_mail() -> None:
    """An opening is no fact to us, and names her all the same."""
    hers = mails.customer(phone=NUMBER)
    body = json.dumps({"RecordType": "Open", "Recipient": hers.email, "MessageID": "p-1"})
    row = ProviderReport.objects.create(
        provider="postmark", key="1", body=body.encode(), content_type="application/json"
    )
    assert webhooks.hear(row, timezone.now())
    assert ProviderReport.objects.get().address_keys == [suppression.address_key("email", hers.email)]
    erase(hers)
    assert bodies() == ""


def test_what_came_from_her_number_before_she_was_known_goes_too(write: Write, account: Account) -> None:
    write("Guten Tag, hier Anna", "SM1")
    told(account, "twilio_inbound", {"MessageSid": "SM2", "From": OTHER, "Body": "Hier Bea"})
    SandboxMail.objects.create(recipient=NUMBER, channel="sms", subject="", text="Hallo Anna")
    SandboxMail.objects.create(recipient=OTHER, channel="sms", subject="", text="Hallo Bea")
    assert Reply.objects.filter(customer=None).count() == 2
    erase(mails.customer(phone=NUMBER))
    assert list(Reply.objects.order_by("pk").values_list("sender", "text")) == [("", ""), (OTHER, "Hier Bea")]
    assert SandboxMail.objects.get().recipient == OTHER


def test_what_another_has_said_by_the_same_number_stays_hers(write: Write) -> None:
    first, second = mails.customer(phone=NUMBER), mails.customer(phone=NUMBER, email="b@example.org")
    write("Guten Tag")
    assert Reply.objects.get().customer == first
    erase(second)
    assert Reply.objects.get().text == "Guten Tag"


def test_it_is_found_by_indexes(called: Delivery) -> None:
    """However many reports there are: the hashes by theirs, the unread by that of what waits."""
    known = traces.of([called.customer_id])
    reports = ProviderReport.objects.filter(address_keys__overlap=known.written_to)
    replies = Reply.objects.filter(customer=None, address_key__in=known.written_to)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "report_addresses" in reports.explain()
    assert "report_waiting" in traces._unread(known).explain()
    assert "reply_of_nobody" in replies.explain()
