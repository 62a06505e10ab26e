"""What an author is told and may leave as it is: links without encryption, loud subjects, mails of pictures alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from channels.messages import checks, versions
from channels.models import Account, Content, Message
from tests.channels import mails
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
IMAGE = {"id": "i", "kind": "image", "address": "https://linden.example/a.png", "alt": "Bluse", "link": ""}
SPACER = {"id": "s", "kind": "spacer", "height": "small"}


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def hints(message: Message) -> list[tuple[str, str, str]]:
    """(block, field, the sentence's beginning); whoever has them may send all the same."""
    found = checks.faults(message, ["de"])
    assert not any(fault.blocks for fault in found), found
    versions.freeze(message, None)
    return [(each.place.block, each.place.field, each.sentence[:21]) for each in found]


@pytest.mark.parametrize(
    ("block", "field"),
    [
        (mails.button("http://linden.example/sale", number="x"), "link"),
        (mails.button(" HTTP://linden.example/sale", number="x"), "link"),
        (mails.text("[hier](http://linden.example) und [da](https://linden.example)", "x"), "text"),
        (IMAGE | {"id": "x", "link": "http://linden.example/a"}, "link"),
    ],
)
def test_a_link_without_encryption_is_named_at_its_block(block: dict[str, Any], field: str) -> None:
    ((where, name, sentence),) = hints(mails.message(mails.text("Hallo"), block))
    assert (where, name) == ("x", field)
    assert sentence.lower() == "http://linden.example"


@pytest.mark.parametrize(
    "link",
    [
        "https://linden.example",
        "mailto:post@linden.example",
        "http://127.0.0.1:8000/demo/",
        "{{ shop_url }}/a",
    ],
)
def test_other_links_are_not(link: str) -> None:
    assert hints(mails.message(mails.button(link))) == []


def test_the_shop_s_own_address_is_told_where_it_is_used() -> None:
    message = mails.message(mails.button("{{ shop_url }}/sale"))
    mails.shop(url="http://linden.example")
    assert [hint[:2] for hint in hints(message)] == [("b2", "link")]


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("JETZT BIS ZU 50 % SPAREN", "Nearly all in capital"),
        ("{{ first_name }}, GROSSER SALE", "Nearly all in capital"),
        ("Nur heute!!", "Several exclamation m"),
        ("Neu! Jetzt entdecken!", "Several exclamation m"),
        ("x" * 61, "Longer than 60 charac"),
        ("{{ first_name }}, " + "x" * 51, "Longer than 60 charac"),
    ],
)
def test_a_loud_or_long_subject(subject: str, told: str) -> None:
    message = mails.message()
    Content.objects.update(subject=subject)
    assert hints(message) == [("", "subject", told)]


@pytest.mark.parametrize(
    "subject",
    [
        "SALE bei Linden",
        "SALE",
        "IKEA & H&M: neue Ware",
        "Nur heute!",
        "{{ first_name | upcase }} hat Post",
        "50 %",
        "{{ first_name | default: 'Guten Tag' }}, haben Sie etwas vergessen?",
    ],
)
def test_an_ordinary_subject(subject: str) -> None:
    message = mails.message()
    Content.objects.update(subject=subject)
    assert hints(message) == []


@pytest.mark.parametrize(
    ("blocks", "told"),
    [
        ([IMAGE], True),
        (
            [IMAGE, SPACER, {"id": "d", "kind": "divider"}, {"id": "f", "kind": "footer", "opt_out": "x"}],
            True,
        ),
        ([IMAGE, mails.text("Guten Tag")], False),
        ([IMAGE, mails.button()], False),
        ([SPACER], False),
    ],
)
def test_a_mail_that_is_nothing_but_pictures(blocks: list[dict[str, Any]], told: bool) -> None:
    assert hints(mails.message(*blocks)) == ([("", "", "The mail is nothing b")] if told else [])


def test_other_channels_may_be_loud_and_hold_a_picture_alone() -> None:
    Account.objects.create(name="push", backend="sandbox", channel="push")
    message = mails.message(IMAGE, channels=["push"])
    Content.objects.update(subject="NUR HEUTE!!")
    assert hints(message) == []


def test_the_editor_shows_hints_where_they_belong_and_counts_no_fault(client: Client) -> None:
    client.force_login(UserFactory(in_role="marketer"))
    message = mails.message(mails.button("http://linden.example/sale"))
    Content.objects.update(subject="Neu! Jetzt!")
    content = message.contents.get()

    def shown(html: str, id: str) -> str:
        return html.split(f'id="{id}"', 1)[1].split("</div>", 1)[0]

    page = client.get(reverse("message_editor", args=[message.pk])).content.decode()
    assert 'class="ehint"' in shown(page, "fault-subject")
    assert "Several exclamation marks" in shown(page, "fault-subject")
    assert "http://linden.example/sale is not encrypted" in shown(page, "fault-b2-link")
    assert 'class="ehint"' in shown(page, "fault-b2-link")
    assert 'class="fault"' not in page
    assert "has a fault" not in page
    data = {"action": "save", "block": "b2", "revision": content.revision, "label": "Los", "link": "linden"}
    saved = client.post(
        reverse("message_change", args=[content.pk]), data, headers={"HX-Request": "true"}
    ).content.decode()
    assert 'class="fault"' in shown(saved, "fault-b2-link")
    assert "has a fault" in saved
