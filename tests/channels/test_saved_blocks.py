"""A block is kept under a name and used again in other messages, as a copy."""

import pytest
from django.test import Client
from django.urls import reverse

from channels.models import Content, Message, SavedBlock
from customers.models import AuditEntry
from tests.channels import mails
from tests.channels.mails import button, text

pytestmark = pytest.mark.django_db


def change(client: Client, content: Content, **data: object) -> str:
    content.refresh_from_db()
    url = reverse("message_change", args=[content.pk])
    answer = client.post(url, {"revision": content.revision} | data, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    content.refresh_from_db()
    return answer.content.decode()


def content_of(message: Message, language: str = "de") -> Content:
    return message.contents.get(language=language)


@pytest.fixture
def kept(marketer: Client) -> SavedBlock:
    """The greeting of a message, as it was just typed, kept for others."""
    content = content_of(mails.message(text("Alt", "t1"), button(number="b1")))
    said = change(
        marketer, content, action="keep", block="t1", text="Liebe Grüße, Ihr Haus", keep_as=" Gruß  am Ende "
    )
    assert "“Gruß am Ende” is kept" in said
    assert content.blocks[0]["text"] == "Liebe Grüße, Ihr Haus", "what was typed is saved in the message too"
    return SavedBlock.objects.get()


def test_the_next_message_takes_a_copy(marketer: Client, kept: SavedBlock) -> None:
    other = content_of(mails.message(text("Hallo", "t1"), button(number="b1")))
    said = change(marketer, other, action=f"insert:{kept.pk}", after="t1")
    assert "Gruß am Ende" in said
    assert [each.get("text") for each in other.blocks] == ["Hallo", "Liebe Grüße, Ihr Haus", None]
    assert other.blocks[1]["id"] not in ("t1", "b1")
    change(marketer, other, block=other.blocks[1]["id"], text="anders")
    kept.refresh_from_db()
    assert kept.fields == {"text": "Liebe Grüße, Ihr Haus"}


def test_it_is_offered_only_in_its_language_and_where_it_can_be_shown(
    marketer: Client, kept: SavedBlock
) -> None:
    SavedBlock.objects.create(name="Linie", language="de", kind="divider")
    SavedBlock.objects.create(name="Aus der Zukunft", language="de", kind="hologram")
    message = mails.message(languages=("de", "en"), channels=["email", "sms"])

    def offered(channel: str, language: str) -> str:
        address = reverse("message_editor", args=[message.pk])
        return marketer.get(address, {"channel": channel, "language": language}).content.decode()

    for name, places in {
        "Gruß am Ende": [True, True, False],
        "Linie": [True, False, False],
        "Aus der Zukunft": [False, False, False],
    }.items():
        assert [
            name in offered(*spot) for spot in (("email", "de"), ("sms", "de"), ("email", "en"))
        ] == places


def test_the_same_name_takes_the_newer_block(marketer: Client, kept: SavedBlock) -> None:
    content = content_of(mails.message(button(number="b9")))
    change(marketer, content, action="keep", block="b9", label="Zur Auswahl", link="", keep_as="Gruß am Ende")
    again = SavedBlock.objects.get()
    assert (again.pk, again.kind, again.fields["label"]) == (kept.pk, "button", "Zur Auswahl")


@pytest.mark.parametrize(
    ("action", "block", "name", "sentence"),
    [
        ("keep", "t1", "  ", "Give the block a name"),
        ("keep", "f1", "Fuß", "stands in every message anyway"),
        ("keep", "gone", "Weg", "no longer exists"),
        ("insert:999", "", "", "This saved block no longer exists"),
        ("insert:x", "", "", "This saved block no longer exists"),
    ],
)
def test_what_makes_no_sense_is_refused_and_the_message_stays(
    marketer: Client, action: str, block: str, name: str, sentence: str
) -> None:
    content = content_of(mails.message(text("Hallo", "t1"), {"id": "f1", "kind": "footer", "note": ""}))
    blocks = content.blocks
    typed = {"text": "Hallo"} if block == "t1" else {}
    assert sentence in change(marketer, content, action=action, block=block, keep_as=name, **typed)
    assert content.blocks == blocks
    assert not SavedBlock.objects.exists()


def test_the_list_shows_finds_and_deletes_after_asking(marketer: Client, kept: SavedBlock) -> None:
    address = reverse("saved_block_list")
    assert "Liebe Grüße, Ihr Haus" in marketer.get(address, {"q": "gruß"}).content.decode()
    data = {"action": "delete", "ids": [kept.pk]}
    assert "Delete these saved blocks?" in marketer.post(address, data).content.decode()
    assert SavedBlock.objects.exists()
    marketer.post(address, data | {"confirmed": "1"})
    assert not SavedBlock.objects.exists()
    assert AuditEntry.objects.filter(action="saved_block.deleted").exists()
