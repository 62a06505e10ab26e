"""The editor of a message for several channels: tabs, copies, each channel's own fields, previews and tests."""

import pytest
from django.test import Client
from django.urls import reverse

from channels.messages import septets
from channels.models import Account, Content, Message, SandboxMail
from tests.channels import mails

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PICTURE = {"id": "p", "kind": "image", "address": "https://linden.example/wool.jpg", "alt": "W", "link": ""}


@pytest.fixture
def message() -> Message:
    """A mail in German, whose SMS, push message and message in the shop are not written yet."""
    made = mails.message(mails.text("Hallo {{ first_name }}", "t1"), mails.button(number="b1"), PICTURE)
    Message.objects.filter(pk=made.pk).update(channels=["push", "sms", "email", "in_app"])
    made.refresh_from_db()
    for channel in ("push", "sms", "in_app"):
        Account.objects.create(name=channel, backend="sandbox", channel=channel)
    return made


def editor(client: Client, message: Message, channel: str, language: str = "de") -> str:
    where = reverse("message_editor", args=[message.pk])
    return client.get(where, {"channel": channel, "language": language}).content.decode()


def begin(client: Client, message: Message, channel: str, source: str = "email:de") -> Content:
    data = {"channel": channel, "language": "de", "source": source}
    answer = client.post(reverse("message_language", args=[message.pk]), data, headers=HTMX)
    assert answer.status_code == 200
    return message.contents.get(channel=channel, language="de")


def change(client: Client, content: Content, **data: object) -> str:
    content.refresh_from_db()
    data = {"revision": content.revision} | data
    answer = client.post(reverse("message_change", args=[content.pk]), data, headers=HTMX)
    content.refresh_from_db()
    return answer.content.decode()


def test_the_tabs_say_of_each_channel_and_language_what_is_missing(
    marketer: Client, message: Message
) -> None:
    page = editor(marketer, message, "sms")
    assert "SMS in German is not written yet" in page
    assert 'aria-label="E-mail, German: complete"' in page
    assert 'aria-label="Push message, German: not written yet"' in page
    begin(marketer, message, "push", "")
    assert 'aria-label="Push message, German: 1 fault"' in editor(marketer, message, "push")


def test_an_sms_begins_with_what_it_can_show_of_the_mail(marketer: Client, message: Message) -> None:
    assert "Begin with the blocks of: E-mail, German" in editor(marketer, message, "sms")
    sms = begin(marketer, message, "sms")
    assert [each["kind"] for each in sms.blocks] == ["text", "button"]
    assert (sms.subject, sms.preheader) == ("", "")
    page = editor(marketer, message, "sms")
    assert 'name="subject"' not in page
    assert 'value="add:image"' not in page
    assert 'value="add:button"' in page


def test_a_block_that_the_channel_cannot_show_is_not_added(marketer: Client, message: Message) -> None:
    sms = begin(marketer, message, "sms")
    assert "SMS cannot show this block." in change(marketer, sms, action="add:image")
    assert len(sms.blocks) == 2


def test_the_channels_own_fields_are_kept(marketer: Client, message: Message) -> None:
    shown = begin(marketer, message, "in_app")
    assert 'name="place"' in editor(marketer, message, "in_app")
    change(marketer, shown, subject="Hallo", options="1", place="modal")
    assert (shown.subject, shown.options["place"]) == ("Hallo", "modal")
    answer = change(marketer, shown, subject="Hallo", options="1", place="roof")
    assert "Select a valid choice" in answer
    assert shown.options["place"] == "roof"


def test_an_sms_says_how_many_parts_it_has(marketer: Client, message: Message) -> None:
    sms = begin(marketer, message, "sms")
    block = sms.blocks[0]["id"]
    short, long, emoji = "Hallo", "a" * 170, "😀 " + "a" * 80
    assert "SMS parts" not in change(marketer, sms, block=block, text=short)
    assert "SMS parts with" in change(marketer, sms, block=block, text=long)
    assert "Without “😀” more would fit into each." in change(marketer, sms, block=block, text=emoji)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("😀" * 36, 2),
    ],
)
def test_parts_are_counted_by_the_alphabet_of_gsm(text: str, parts: int) -> None:
    assert septets.size(text).parts == parts


@pytest.mark.parametrize("channel", ["sms", "push", "in_app"])
def test_the_preview_shows_it_where_people_see_it(marketer: Client, message: Message, channel: str) -> None:
    content = begin(marketer, message, channel)
    anna = mails.customer(first_name="An<na")
    response = marketer.get(reverse("message_preview", args=[content.pk]), {"customer": anna.pk})
    page = response.content.decode()
    assert "Hallo An&lt;na" in page
    assert f"shown-for-{channel}" in page
    assert "script" not in response["Content-Security-Policy"]
    assert "sandbox" in response["Content-Security-Policy"]
    assert ("wool.jpg" in page) == (channel != "sms")


def test_a_test_goes_to_the_phone_of_the_sandbox(marketer: Client, message: Message) -> None:
    push = begin(marketer, message, "push")
    answer = marketer.post(reverse("message_test", args=[push.pk]), headers=HTMX).content.decode()
    assert "It is in the sandbox." in answer
    kept = SandboxMail.objects.get()
    assert (kept.channel, kept.delivery, kept.parts["picture"]) == ("push", None, PICTURE["address"])


def test_without_an_account_there_is_no_test(marketer: Client, message: Message) -> None:
    sms = begin(marketer, message, "sms")
    Account.objects.filter(channel="sms").delete()
    assert "There is no provider account for SMS yet." in editor(marketer, message, "sms")
    answer = marketer.post(reverse("message_test", args=[sms.pk]), headers=HTMX).content.decode()
    assert "There is no way to test this channel without the sandbox." in answer
    assert not SandboxMail.objects.exists()


def test_strange_channels_and_languages_open_what_there_is(marketer: Client, message: Message) -> None:
    for channel, language in (("pigeon", "de"), ("email", "xx"), ("", ""), ("whatsapp", "de"), ("sms", "\0")):
        response = marketer.get(
            reverse("message_editor", args=[message.pk]), {"channel": channel, "language": language}
        )
        assert response.status_code == 200
