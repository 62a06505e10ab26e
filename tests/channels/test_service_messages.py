"""A shop asks for one message to one person: order confirmation, parcel, receipt."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import suppression
from channels.messages import rendering, versions
from channels.models import Delivery, SandboxMail, ServiceCall, ServiceMessage, Suppression
from channels.service_messages import data, publishing
from customers.models import ApiKey, Customer, Event
from customers.tracking import keys
from tests.channels import mails, runs
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
TEXT = (
    "Bestellung {{ data.number }}: {% for item in data.items %}{{ item.name }} {{ item.price }}, {% endfor %}"
    "[Zum Paket]({{ data.parcel }})"
)
ITEMS = [{"name": "Becher <b>", "price": "4,50 €"}]
DATA = {"number": "A-1", "items": ITEMS, "parcel": "https://parcel.example/1"}
Post = Callable[..., Any]


@pytest.fixture
def service() -> ServiceMessage:
    message = mails.message(mails.text(TEXT), purpose="service", topic=None, any_time=True, priority=0)
    message.contents.update(subject="Danke für Ihre Bestellung {{ data.number }}")
    made = ServiceMessage.objects.create(key="order", name="Bestellung", message=message, sample=DATA)
    rendering.forget()
    return publishing.publish(made, None, timezone.now())


@pytest.fixture
def secret() -> str:
    key = ApiKey(name="Shop", kind="server", source="shop", scopes=["messages"])
    return keys.make(key, UserFactory(), timezone.now())


@pytest.fixture
def post(secret: str) -> Post:
    client = Client()

    def send(to: Any, values: Any = None, reference: str = "A-1", key: str = "order", **more: str) -> Any:
        headers = {"Authorization": f"Bearer {secret}"} | (
            {"Idempotency-Key": reference} if reference else {}
        )
        body = json.dumps({"to": to, "data": DATA if values is None else values})
        return client.post(
            f"/api/v1/messages/{key}/send",
            body,
            content_type="application/json",
            headers=headers | more,
        )

    return send


HER = {"customer": "K1", "email": "anna@example.org", "language": "de"}


def test_an_order_is_confirmed_to_somebody_who_never_said_yes_to_advertising(
    service: ServiceMessage, post: Post, secret: str
) -> None:
    answer = post(HER)
    assert answer.status_code == 202, answer.content
    assert answer.json()["deliveries"] == [{"channel": "email", "state": "planned", "reason": ""}]
    runs.send_all(timezone.now())
    mail = SandboxMail.objects.get()
    assert (mail.recipient, mail.subject) == ("anna@example.org", "Danke für Ihre Bestellung A-1")
    raw = bytes(mail.raw).decode()
    assert "List-Unsubscribe" not in raw
    told = Client().get(
        f"/api/v1/messages/calls/{answer.json()['id']}", headers={"Authorization": f"Bearer {secret}"}
    )
    assert told.json()["deliveries"][0]["state"] == "accepted"


def test_what_the_shop_sends_is_text_and_never_markup(service: ServiceMessage, post: Post) -> None:
    post(HER, DATA | {"parcel": "javascript:alert(1)"})
    delivery = Delivery.objects.get()
    row = mails.Row(
        delivery.pk, delivery.customer_id, delivery.version_id, context=delivery.context, tracked=False
    )
    shown = rendering.render([row], timezone.now())[delivery.pk]
    assert isinstance(shown, rendering.Rendered)
    assert "Becher &lt;b&gt; 4,50 €" in shown.html
    assert "javascript:" not in shown.html


def test_the_same_reference_is_sent_once(service: ServiceMessage, post: Post) -> None:
    first, again = post(HER), post(HER)
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert post(HER, DATA | {"number": "B"}).status_code == 409
    assert post(HER, reference="A-2").json()["id"] != first.json()["id"]
    assert (ServiceCall.objects.count(), Delivery.objects.count()) == (2, 2)


def test_after_a_mistake_the_same_reference_can_be_used_again(service: ServiceMessage, post: Post) -> None:
    refused = post(HER, {"number": "A-1", "items": [{"name": "Becher"}]})
    assert refused.status_code == 422
    assert [each["field"] for each in refused.json()["faults"]] == ["data.items[].price", "data.parcel"]
    assert post(HER).status_code == 202
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("to", "more", "status", "words"),
    [
        ({}, {}, 422, "Nobody is named"),
        ({"email": "nobody@example.org"}, {}, 422, "not known"),
        ({"custmer": "K1"}, {}, 422, "custmer"),
        (HER, {"key": "ordr"}, 404, "There are: order"),
        (HER, {"reference": ""}, 400, "Idempotency-Key"),
        (HER, {"reference": "x" * 256}, 400, "Idempotency-Key"),
        (HER, {"values": DATA | {"number": "x" * 40_000}}, 413, "32000 bytes"),
        (HER, {"Authorization": "Bearer wrong"}, 401, "no_key"),
    ],
)
def test_a_bad_call_is_told_what_to_mend(
    service: ServiceMessage, post: Post, to: Any, more: dict[str, Any], status: int, words: str
) -> None:
    answer = post(to, **more)
    assert (answer.status_code, words in answer.content.decode()) == (status, True), answer.content
    assert not Delivery.objects.exists()


def test_a_key_without_the_scope_may_not(service: ServiceMessage, post: Post) -> None:
    ApiKey.objects.update(scopes=["track"])
    assert post(HER).status_code == 403


def test_a_known_address_is_enough_and_a_dead_one_is_not_written_to(
    service: ServiceMessage, post: Post
) -> None:
    known = mails.customer(email="anna@example.org")
    suppression.suppress("email", [known.email], Suppression.Reason.BOUNCE, timezone.now())
    assert post({"email": "Anna@Example.org"}).status_code == 202
    runs.send_all(timezone.now())
    assert Delivery.objects.get().customer == known
    assert Delivery.objects.get().state == "withheld"
    assert not Event.objects.exists()


def test_the_draft_is_edited_while_what_was_published_goes_out(service: ServiceMessage, post: Post) -> None:
    service.message.contents.update(subject="Neu")
    assert publishing.is_changed(service)
    post(HER)
    runs.send_all(timezone.now())
    assert SandboxMail.objects.get().subject == "Danke für Ihre Bestellung A-1"
    publishing.publish(service, None, timezone.now())
    post(HER, reference="A-2")
    runs.send_all(timezone.now())
    assert SandboxMail.objects.order_by("pk").last().subject == "Neu"


def test_what_is_off_or_never_published_is_refused(service: ServiceMessage, post: Post) -> None:
    publishing.switch(service, UserFactory(), timezone.now(), active=False)
    assert post(HER).status_code == 409
    ServiceMessage.objects.update(active=True, version=None)
    assert post(HER).status_code == 409


def test_texts_that_read_what_the_example_lacks_are_not_published(service: ServiceMessage) -> None:
    ServiceMessage.objects.update(sample={"number": "A-1"})
    service.message.contents.update(preheader="{{ data.shop }}")
    with pytest.raises(versions.NotReady):
        publishing.publish(service, None, timezone.now())


def test_places_of_the_data() -> None:
    wants = ["items[].price", "items[].tags[]", "number", "to.name"]
    full = {"items": [{"price": 1, "tags": ["a"]}], "number": "", "to": {"name": None}}
    assert data.missing(wants, full) == []
    assert data.missing(wants, {"items": [{"price": 1}, {}], "to": "Anna"}) == [
        "items[].price",
        "items[].tags[]",
        "number",
        "to.name",
    ]


def test_the_editor_offers_what_a_call_brings(service: ServiceMessage, marketer: Client) -> None:
    offered = {each.name: each for each in data.places(service.message)}
    assert set(offered) == {"number", "items", "parcel"}
    assert (offered["number"].insert, offered["number"].sample) == ("{{ data.number }}", "A-1")
    assert offered["items"].insert == (
        "{% for each in data.items %}\n- {{ each.name }} {{ each.price }}\n{% endfor %}"
    )
    page = marketer.get(reverse("message_editor", args=[service.message_id])).content.decode()
    assert "The call’s data" in page
    assert 'data-insert="{{ data.number }}"' in page


def test_a_key_that_no_template_can_name_is_not_offered(service: ServiceMessage) -> None:
    ServiceMessage.objects.update(
        sample={"order number": "A-1", "a": {"b-c": 1, "d": None}, "tags": ["x", "y"]}
    )
    assert [(each.name, each.sample) for each in data.places(service.message)] == [
        ("a.d", ""),
        ("tags", "x, y"),
    ]
