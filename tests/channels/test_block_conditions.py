"""A block that only some readers see, chosen from lists."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels.messages import checks, conditions, drafts, rendering, saved_blocks
from channels.models import Message
from customers.models import Customer
from tests.channels import mails, runs
from tests.channels.mails import button, text
from tests.channels.runs import Scripted
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def only(field: str, operator: str, value: str = "") -> dict[str, str]:
    return {"only_field": field, "only_operator": operator, "only_value": value}


def received(message: Message, *people: dict[str, Any]) -> dict[str, str]:
    """{city: what stood in HTML and text} of mails that went through the sender."""
    provider: Scripted = runs.scripted()
    version = runs.versions.freeze(message, None)
    type(version.account).objects.filter(pk=version.account_id).update(backend="scripted")
    rendering.forget()
    version.refresh_from_db()
    made = [runs.customers(1, **fields)[0] for fields in people]
    runs.planned(version)
    runs.send_all()
    cities = {person.email: Customer.objects.get(pk=person.pk).city for person in made}
    return {cities[call.recipient]: f"{call.html}\n-----\n{call.text}" for call in provider.calls}


def test_two_greetings_and_each_reads_hers() -> None:
    message = mails.message(
        text("Moin nach Köln!", "t1") | only("city", "is", "Köln"),
        text("Guten Tag!", "t2") | only("city", "is_not", "Köln"),
        text("Für alle.", "t3"),
        button(number="b1") | only("city", "known"),
    )
    assert not [fault for fault in checks.faults(message) if fault.blocks]
    read = received(message, {"city": "Köln"}, {"city": "Ulm"}, {"city": ""})
    for city, sees, not_this in (
        ("Köln", "Moin", "Guten Tag"),
        ("Ulm", "Guten Tag", "Moin"),
        ("", "Guten Tag", "Moin"),
    ):
        assert read[city].count(sees) == 2, "in HTML and in plain text"
        assert not_this not in read[city]
        assert read[city].count("Für alle.") == 2
        assert "\n\n\n" not in read[city].split("-----")[1].strip()
    assert ["Los" in read[city] for city in ("Köln", "Ulm", "")] == [True, True, False]


def test_a_number_is_compared_as_a_number(marketer: Client) -> None:
    fields = {"kind": "text", "text": "x"} | only("orders_count", "at_least", "10")
    assert conditions.expression(fields) == "orders_count >= 10"
    assert conditions.expression(fields | {"only_value": "2,5"}) == "orders_count >= 2.5"
    assert conditions.in_words(fields) == "only if Number of orders is at least 10"


@pytest.mark.parametrize(
    ("asked", "place", "sentence"),
    [
        (only("gone", "is", "x"), "only_field", "no longer exists"),
        (only("city", "like", "x"), "only_field", "no longer exists"),
        (only("city", "is"), "only_value", "compared with"),
        (only("city", "at_least", "5"), "only_value", "is no number"),
        (only("orders_count", "is", "viele"), "only_value", "is not a number"),
        (only("orders_count", "is", "²"), "only_value", "is not a number"),
        (only("orders_count", "at_least", "2.²"), "only_value", "is not a number"),
        (only("last_products", "is", "x"), "only_value", "is a list"),
        (only("city", "is", 'Köln" or city != "'), "only_value", "quotation marks"),
        (only("city", "is", "{{ city }}"), "only_value", "curly brackets"),
    ],
)
def test_what_cannot_be_asked_stops_the_message(asked: dict[str, str], place: str, sentence: str) -> None:
    message = mails.message(text("Hallo", "t1") | asked, button(number="b1"))
    [fault] = [each for each in checks.faults(message) if each.blocks]
    assert (fault.place.block, fault.place.field) == ("t1", place)
    assert sentence in fault.sentence


def test_the_editor_keeps_it_and_says_it_in_words(marketer: Client) -> None:
    content = mails.message(text("Hallo", "t1"), button(number="b1")).contents.get()
    url = reverse("message_change", args=[content.pk])
    data = {"revision": content.revision, "block": "t1", "text": "Hallo"} | only("city", "is", "Köln")
    said = marketer.post(url, data, headers={"HX-Request": "true"}).content.decode()
    assert "only if City is exactly Köln" in said
    content.refresh_from_db()
    assert conditions.expression(content.blocks[0]) == 'city == "Köln"'
    data |= only("city", "is") | {"revision": content.revision}
    faulty = marketer.post(url, data, headers={"HX-Request": "true"}).content.decode()
    assert "compared with" in faulty.split('id="fault-t1-only_value"')[1].split("</div>")[0]


def test_what_is_for_some_is_never_copied_to_where_all_would_see_it() -> None:
    message = mails.message(
        text("Nur Köln.", "t1") | only("city", "is", "Köln"), text("Alle.", "t2"), channels=["email"]
    )
    message.channels = ["email", "push"]
    message.save()
    mail = message.contents.get()
    push = drafts.add_language(message, "de", UserFactory(), mail, "push")
    assert [each["text"] for each in push.blocks] == ["Alle."]
    saved = saved_blocks.keep(mail, "t1", "Köln", UserFactory(), mails.NOW)
    assert (saved in saved_blocks.offered(mail), saved in saved_blocks.offered(push)) == (True, False)
    push.blocks.append(mail.blocks[0])
    push.save()
    sentences = [fault.sentence for fault in checks.faults(message) if fault.blocks]
    assert "Push message cannot show this block. Take it out." in sentences


def test_an_sms_has_it_too_and_a_notification_does_not_offer_it(marketer: Client) -> None:
    message = mails.message(
        text("Nur Köln.", "t1") | only("city", "is", "Köln"), text("Alle.", "t2"), channels=["sms", "push"]
    )
    sms = message.contents.get(channel="sms")
    shown = {}
    for city in ("Köln", "Ulm"):
        draft = rendering.compiler.draft_of(sms)
        look = checks.Look("#0f766e", "", {}, "Linden", "")
        compiled = rendering.compiler.compile_draft(draft, look, marketing=False, constants={})
        result = rendering.trial(compiled, "de", {"city": city})
        shown[city] = result.text  # type: ignore[union-attr]
    assert shown == {"Köln": "Nur Köln.\n\nAlle.", "Ulm": "Alle."}
    address = reverse("message_editor", args=[message.pk])
    assert [
        "only_field" in marketer.get(address, {"channel": each}).content.decode() for each in ("sms", "push")
    ] == [
        True,
        False,
    ]
