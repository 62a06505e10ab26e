"""What providers report by webhook: only with the secret, each fact once, and only upwards."""

import base64
import json
import threading
from typing import Any

import pytest
from anymail.signals import AnymailTrackingEvent
from django.db import connections
from django.test import Client
from django.urls import reverse

from channels import reports, suppression
from channels.backends.base import Kind, Outcome
from channels.delivery import mails, outcomes
from channels.delivery.outcomes import Event
from channels.models import Delivery, DeliveryEvent, MessageVersion, Reach, Suppression
from tests.channels import runs
from tests.channels.runs import NOW

URL = "/webhooks/anymail/postmark/tracking/"
SECRET = "post:office"


@pytest.fixture(autouse=True)
def secret(settings: Any) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": [SECRET]}


def report(body: Any, secret: str | None = SECRET, url: str = URL) -> int:
    signed = {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(secret.encode()).decode()} if secret else {}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = Client(raise_request_exception=False)
    return client.post(url, data, content_type="application/json", **signed).status_code  # type: ignore[arg-type]


def bounce(kind: str = "HardBounce", number: int = 1, **fields: Any) -> dict[str, Any]:
    record = {"SpamComplaint": "SpamComplaint"}.get(kind, "Bounce")
    about = {"RecordType": record, "Type": kind, "ID": number, "BouncedAt": "2026-11-22T10:00:00Z"}
    return about | {"MessageID": "p-1", "Email": "anna0@example.org"} | fields


def delivered(**fields: Any) -> dict[str, Any]:
    about = {"RecordType": "Delivery", "MessageID": "p-1", "Recipient": "anna0@example.org"}
    return about | {"DeliveredAt": "2026-11-22T10:00:00Z"} | fields


@pytest.fixture
def sent(db: None) -> MessageVersion:
    """Two mails that the provider knows as p-1 and p-2."""
    people = runs.customers(2)
    version = runs.version(backend="scripted")
    numbers = {person.email: f"p-{n}" for n, person in enumerate(people, 1)}
    runs.scripted().answer = lambda call: Outcome(Kind.ACCEPTED, numbers[call.recipient])
    runs.planned(version)
    runs.send_all()
    return version


def state(number: int = 1) -> str:
    return Delivery.objects.get(provider_id=f"p-{number}").state


def test_the_address_is_the_one_that_stands_in_the_documents() -> None:
    assert reverse("provider_report", args=["postmark"]) == URL


@pytest.mark.fault("F17")
@pytest.mark.parametrize("wrong", [None, "post:forged", ":", "x"])
def test_without_the_right_secret_nothing_changes(sent: MessageVersion, wrong: str | None) -> None:
    assert report(bounce(), secret=wrong) == 401
    assert (state(), DeliveryEvent.objects.count(), Suppression.objects.count()) == ("accepted", 0, 0)


@pytest.mark.parametrize("anymail", [{}, {"WEBHOOK_SECRET": []}, {"WEBHOOK_SECRET": ""}])
def test_without_a_secret_in_the_settings_there_is_no_door(
    sent: MessageVersion, settings: Any, anymail: dict[str, Any]
) -> None:
    settings.ANYMAIL = anymail
    assert report(bounce()) == report(bounce(), secret=None) == 404
    assert state() == "accepted"


@pytest.mark.fault("F16")
def test_a_late_delivery_undoes_no_complaint_and_duplicates_count_once(sent: MessageVersion) -> None:
    for body in (bounce("SpamComplaint"), delivered(), bounce("SpamComplaint"), delivered()):
        assert report(body) == 200
    assert (state(), state(2)) == ("complained", "accepted")
    assert sorted(DeliveryEvent.objects.values_list("kind", flat=True)) == ["complained", "delivered"]
    assert Suppression.objects.get().reason == "complaint"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (bounce("HardBounce", Details="smtp;550 5.1.1 <anna0@example.org> unknown"), "bounce"),
        (bounce("BadEmailAddress"), "bounce"),
        (bounce("SoftBounce"), None),
        (bounce("HardBounce", Details="smtp;552 5.2.2 mailbox full"), None),
        (bounce("Blocked"), None),
    ],
)
def test_only_a_bounce_that_will_repeat_suppresses(
    sent: MessageVersion, body: dict[str, Any], reason: str | None
) -> None:
    assert report(body) == 200
    assert state() == "bounced"
    key = suppression.address_key("email", "anna0@example.org")
    assert list(Suppression.objects.values_list("address_key", "reason")) == (
        [(key, reason)] if reason else []
    )
    assert "anna0" not in json.dumps(DeliveryEvent.objects.get().detail)


def test_what_the_provider_has_heard_as_an_opt_out_is_one(sent: MessageVersion) -> None:
    body = {"RecordType": "SubscriptionChange", "MessageID": "p-1", "Recipient": "anna0@example.org"}
    assert report(body | {"SuppressSending": True, "SuppressionReason": "ManualSuppression"}) == 200
    assert Suppression.objects.get().reason == "objection"
    assert state() == "accepted"


def dropped(reason: str) -> list[dict[str, Any]]:
    """As SendGrid tells that it did not even try."""
    about = {"event": "dropped", "sg_event_id": reason, "anymail_id": "p-1", "email": "anna0@example.org"}
    return [about | {"reason": reason, "timestamp": 1795341600}]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Unsubscribed Address", "objection"),
        ("Spam Reporting Address", "complaint"),
        ("Bounced Address", "bounce"),
        ("Spam Content", None),
    ],
)
def test_whom_the_provider_refuses_for_what_she_told_it_is_left_alone_here_too(
    sent: MessageVersion, words: str, reason: str | None
) -> None:
    Reach.objects.update(soft_bounces=0)
    assert report(dropped(words), url="/webhooks/anymail/sendgrid/tracking/") == 200
    assert state() == "bounced"
    assert list(Suppression.objects.values_list("reason", flat=True)) == ([reason] if reason else [])
    assert Reach.objects.filter(soft_bounces__gt=0).count() == (0 if reason else 1)
    assert DeliveryEvent.objects.get().kind == "bounced", "no complaint about this mail, which nobody saw"


@pytest.mark.parametrize(
    ("raw", "said", "because"),
    [
        ({"event-data": {"event": "failed", "reason": "suppress-complaint"}}, "other", "complaint"),
        ({"event-data": {"event": "failed", "reason": "suppress-unsubscribe"}}, "other", "objection"),
        ({"event": "dropped", "code": "607"}, "spam", "complaint"),
        ({"event": "blocked", "error": "spam reporter"}, "spam", "complaint"),
        ({"type": "bounce", "bounce_class": "52", "reason": "552 spam content"}, "spam", None),
        ({"status": "err_spam_rejected"}, "spam", None),
    ],
)
def test_an_earlier_complaint_is_told_apart_from_a_mail_that_looks_like_spam(
    raw: dict[str, Any], said: str, because: str | None
) -> None:
    told = AnymailTrackingEvent(
        event_type="rejected", message_id="p-1", recipient="a@example.org", reject_reason=said, esp_event=raw
    )
    [event] = reports.events([told], "test", NOW)
    assert (event.kind, event.because, event.hard) == ("bounced", because, because is not None)


@pytest.mark.fault("F2")
@pytest.mark.django_db
def test_a_mail_of_which_no_answer_came_is_settled_by_its_reference() -> None:
    """F2, second half: the worker died with the answer, so there is no provider's id."""
    runs.customers(1)
    version = runs.version(backend="scripted")
    runs.scripted().answer = lambda call: Outcome(Kind.UNKNOWN, detail="timeout")
    [row] = runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"unknown no_answer": 1}
    forged = f"{row.pk}.{'0' * 18}"
    assert report(delivered(MessageID="new", Metadata={"delivery": forged})) == 200
    assert runs.states(version) == {"unknown no_answer": 1}
    assert report(delivered(MessageID="new", Metadata={"delivery": mails.reference(row.pk)})) == 200
    assert Delivery.objects.get().state == "delivered"


def test_several_people_under_one_id_are_told_apart_by_the_address(sent: MessageVersion) -> None:
    Delivery.objects.update(provider_id="p-1")
    assert report(delivered(Recipient="ANNA1@example.org")) == 200
    assert report(delivered(Recipient="stranger@example.org")) == 200
    assert list(Delivery.objects.order_by("id").values_list("state", flat=True)) == ["accepted", "delivered"]


ODD: list[Any] = [
    b"", b"{", b"[]", b"null", b"7", b"\xff\xfe", b'"x"',
    delivered(MessageID="\x00"), delivered(MessageID=["p-1"]), delivered(MessageID="\ud800"),
    delivered(Metadata=[]), delivered(Metadata={"delivery": "9" * 40}),
    delivered(Metadata={"delivery": mails.reference(10**17)}), delivered(DeliveredAt="yesterday"),
    delivered(DeliveredAt=None), delivered(MessageID="p-1", Recipient={"x": 1}), bounce(Details=["\x00", 7]),
    {"RecordType": "Inbound"}, {"RecordType": "Delivery"}, {"RecordType": ["x"]},
]  # fmt: skip


@pytest.mark.parametrize("body", ODD, ids=str)
def test_odd_reports_break_nothing_and_make_nobody(sent: MessageVersion, body: Any) -> None:
    assert report(body) in (200, 400)
    assert Delivery.objects.count() == 2
    assert state(2) == "accepted"


def test_only_tracking_of_known_providers_has_a_door(sent: MessageVersion) -> None:
    assert report(delivered(), url="/webhooks/anymail/nobody/tracking/") == 404
    assert report(delivered(), url="/webhooks/anymail/postmark/inbound/") == 404
    assert Client().get(URL).status_code == 405
    assert Client().head(URL).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_reports_in_parallel_count_once_and_do_not_block_each_other() -> None:
    runs.customers(1)
    version = runs.version(backend="sandbox")
    runs.planned(version)
    runs.send_all()
    row = Delivery.objects.get()
    kinds = [DeliveryEvent.Kind.DELIVERED, DeliveryEvent.Kind.BOUNCED, DeliveryEvent.Kind.COMPLAINED]
    written: list[int] = []
    barrier = threading.Barrier(9)

    def tell(kind: DeliveryEvent.Kind) -> None:
        try:
            barrier.wait()
            written.extend(outcomes.record([Event(kind, f"x:{kind}", NOW, delivery_id=row.pk)], NOW))
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=tell, args=(kind,)) for kind in kinds * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row.refresh_from_db()
    assert (row.state, len(written), DeliveryEvent.objects.count()) == ("complained", 3, 3)
