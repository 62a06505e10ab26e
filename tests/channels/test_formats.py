"""One message on every channel: from the same blocks, each shows what it can."""

import pytest

from channels import consent, suppression
from channels.messages import checks, drafts
from channels.messages.formats import formats
from channels.models import Account, Channel, Delivery, Message, Reach, SandboxMail
from customers.models import Customer
from tests.channels import mails, people, runs
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
BLOCKS = (
    mails.text("Guten Tag {{ first_name }}"),
    {"id": "p", "kind": "image", "address": "https://linden.example/wool.jpg", "alt": "Wolle", "link": ""},
    mails.button("https://linden.example/wolle", "Zur Wolle"),
)


def anna(*channels: str) -> Customer:
    person = runs.customers(1, phone="+4915112345678")[0]
    Reach.objects.create(customer=person, channel="push", address="device", address_key="device")
    said = [consent.Statement(**(vars(people.yes(person)) | {"channel": each})) for each in channels]
    consent.record(said, people.NOON)
    return person


def sent(channel: str, *blocks: dict[str, object]) -> SandboxMail:
    person = anna(channel)
    Account.objects.get_or_create(name=channel, defaults={"backend": "sandbox", "channel": channel})
    made = runs.version(*blocks, channels=[channel])
    runs.planned(made)
    runs.send_all()
    row = Delivery.objects.get(message=made.message_id, customer=person)
    assert (row.state, row.channel) == ("accepted", channel), row.reason
    return SandboxMail.objects.get(delivery=row)


def without(kind: str) -> list[dict[str, object]]:
    return [each for each in BLOCKS if each["kind"] != kind]


def test_each_channel_has_a_format() -> None:
    assert {each.key for each in formats} == set(Channel.values)


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_text_message_is_words_and_counted_links_and_a_way_out(channel: str) -> None:
    got = sent(channel, *without("image"))
    words, link, way_out = got.text.split("\n\n")
    assert words == "Guten Tag Anna 0"
    assert link.startswith("Zur Wolle: http")
    assert "/c/" in link
    assert way_out.startswith("Abmelden: ")
    assert "/u/" in way_out
    assert got.recipient == "+4915112345678"
    assert (got.subject, bytes(got.raw)) == ("", b"")


def test_a_push_message_has_a_title_a_picture_and_leads_somewhere() -> None:
    got = sent("push", *BLOCKS)
    assert (got.subject, got.text, got.recipient) == ("Hallo Anna 0", "Guten Tag Anna 0", "device")
    assert got.parts["picture"] == "https://linden.example/wool.jpg"
    assert "/c/" in got.parts["link"]
    assert got.parts["actions"] == [{"label": "Zur Wolle", "link": got.parts["link"]}]


def test_a_message_in_the_shop_is_addressed_by_the_customers_own_key() -> None:
    got = sent("in_app", *BLOCKS)
    assert got.recipient == str(Customer.objects.get().key)
    assert got.parts["place"] == "banner"


def test_a_number_that_is_none_is_not_called() -> None:
    person = anna("sms")
    Customer.objects.filter(pk=person.pk).update(phone="0151 1234")
    Account.objects.create(name="sms", backend="sandbox", channel="sms")
    made = runs.version(channels=["sms"])
    runs.planned(made)
    runs.send_all()
    assert runs.states(made) == {"withheld bad_address": 1}


def test_a_phone_number_is_keyed_where_a_provider_for_it_exists() -> None:
    person = runs.customers(1, phone="+4915112345678")[0]
    assert suppression.in_use() == ["email"]
    Account.objects.create(name="sms", backend="sandbox", channel="sms")
    assert suppression.refresh_keys(None, suppression.in_use()) == 2
    key = suppression.address_key("sms", person.phone)
    assert Reach.objects.get(customer=person, channel="sms").address_key == key


def test_what_a_channel_cannot_show_stops_the_launch() -> None:
    Account.objects.create(name="sms", backend="sandbox", channel="sms")
    message = mails.message(*BLOCKS, channels=["email", "sms"])
    found = {(fault.channel, fault.place.block): fault.sentence for fault in checks.faults(message)}
    assert found["sms", "p"] == "SMS cannot show this block. Take it out."
    assert ("email", "p") not in found


def test_a_channel_wants_an_account_and_a_content() -> None:
    message = mails.message(*BLOCKS)
    Message.objects.filter(pk=message.pk).update(channels=["email", "push"])
    message.refresh_from_db()
    found = [fault.sentence for fault in checks.faults(message) if fault.channel == "push"]
    assert found == [
        "There is no provider account for Push message yet. Add one under Settings, Channels.",
        "The message has no content yet for Push message. Write it, or leave the channel out.",
    ]


def test_a_content_begins_with_what_its_channel_shows() -> None:
    message, user = mails.message(*BLOCKS, channels=["email", "in_app"]), UserFactory()
    mail = message.contents.get(channel="email")
    sms = drafts.add_language(message, "de", user, copy_from=mail, channel="sms")
    assert [each["kind"] for each in sms.blocks] == ["text", "button"]
    fresh = drafts.add_language(message, "en", user, channel="in_app")
    assert (fresh.options["place"], fresh.options["days"]) == ("banner", 30)
    assert [each["kind"] for each in fresh.blocks] == ["text", "button"]
