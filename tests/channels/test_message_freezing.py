"""A frozen message is what was approved: the same while nothing changes, new after any edit."""

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from channels.messages import versions
from channels.models import Brand, Link, Message, MessageVersion, Sender, Topic
from tests.channels import mails

pytestmark = pytest.mark.django_db


def test_freezing_twice_gives_the_same_version() -> None:
    message = mails.message(mails.text("Hallo"), mails.button())
    first = versions.freeze(message, None)
    assert versions.freeze(message, None) == first
    assert MessageVersion.objects.count() == 1
    assert Link.objects.filter(content__version=first).count() == 2  # the button and the shop's name on top


def test_an_edit_makes_a_new_version_and_taking_it_back_the_old_one() -> None:
    message = mails.message()
    content = message.contents.get()
    first = versions.freeze(message, None)
    old = content.blocks
    content.blocks = [mails.text("Anders")]
    content.save()
    second = versions.freeze(message, None)
    assert (second.number, second.digest != first.digest) == (2, True)
    content.blocks = old
    content.save()
    assert versions.freeze(message, None) == first


def _edit_subject(message: Message) -> None:
    message.contents.update(subject="Anders")


def _edit_preheader(message: Message) -> None:
    message.contents.update(preheader="Anders")


def _edit_blocks(message: Message) -> None:
    message.contents.update(blocks=[mails.text("Hallo!")])


def _add_language(message: Message) -> None:
    mails.content(message, "en")


def _edit_sender(message: Message) -> None:
    Sender.objects.update(name="Jemand anders")


def _edit_reply(message: Message) -> None:
    Sender.objects.update(reply_to="antwort@linden.example")


def _edit_topic(message: Message) -> None:
    Message.objects.update(topic=Topic.objects.create(key="other", names={}))


def _edit_imprint(message: Message) -> None:
    Brand.objects.update(imprint=mails.IMPRINT | {"de": "Andere Anschrift"})


def _edit_colour(message: Message) -> None:
    Brand.objects.update(colour="#112233")


def _edit_fallback(message: Message) -> None:
    Brand.objects.update(fallback_language="en")


def _edit_purpose(message: Message) -> None:
    Message.objects.update(purpose="service")


@pytest.mark.parametrize(
    "edit",
    [
        _edit_subject,
        _edit_preheader,
        _edit_blocks,
        _add_language,
        _edit_sender,
        _edit_reply,
        _edit_topic,
        _edit_imprint,
        _edit_colour,
        _edit_fallback,
        _edit_purpose,
    ],
)
def test_the_digest_changes_with_every_input(edit: object) -> None:
    message = mails.message()
    before = versions.digest(message)
    assert versions.digest(Message.objects.get(pk=message.pk)) == before
    edit(message)
    assert versions.digest(Message.objects.get(pk=message.pk)) != before


@pytest.mark.fault("F24")
def test_a_frozen_version_cannot_be_changed() -> None:
    version = versions.freeze(mails.message(mails.button()), None)
    content = version.contents.get()
    for change in (
        lambda: MessageVersion.objects.update(sender_name="X"),
        lambda: version.contents.update(html="X"),
        lambda: content.links.update(url="https://evil.example"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert content.links.update(anonymous_clicks=1) == 2


def test_a_message_with_a_fault_is_not_frozen() -> None:
    message = mails.message(mails.text("{{ first_nam }}"))
    with pytest.raises(versions.NotReady) as refused:
        versions.freeze(message, None)
    assert refused.value.faults[0].place == ("de", "b1", "text")
    assert not MessageVersion.objects.exists()


@pytest.mark.parametrize("missing", [{"imprint": {}}, {"imprint": {"en": "only English"}}])
def test_marketing_without_legal_notice_is_not_frozen(missing: dict[str, object]) -> None:
    message = mails.message()
    mails.brand(**missing)
    with pytest.raises(versions.NotReady):
        versions.freeze(message, None)
