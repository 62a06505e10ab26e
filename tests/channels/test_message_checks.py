"""What stops a message and what is only worth knowing, each at its place."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from channels.messages import checks
from channels.models import Content, Message
from tests.channels import mails

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def _faults(message: Message, *languages: str) -> dict[tuple[str, str, str], checks.Fault]:
    return {tuple(fault.place): fault for fault in checks.faults(message, languages or ("de",))}


def test_a_good_message_has_none() -> None:
    assert _faults(mails.message(mails.text("Hallo {{ first_name }}"), mails.button())) == {}


def test_sender_topic_and_language_are_faults_of_the_whole_message() -> None:
    message = mails.message(languages=(), sender=None, topic=None)
    found = _faults(message)
    assert {("", "", "sender"), ("", "", "topic"), ("", "", "language")} <= set(found)
    assert all(fault.blocks for fault in found.values())


def test_service_mail_needs_no_topic_and_no_imprint() -> None:
    message = mails.message(purpose="service", topic=None)
    mails.brand(imprint={})
    assert _faults(message) == {}


def test_a_missing_language_is_a_hint_with_a_fallback_and_a_fault_without() -> None:
    message = mails.message()
    hint = _faults(message, "de", "de-AT", "fr")[("fr", "", "")]
    assert (hint.blocks, "French" in hint.sentence, "German" in hint.sentence) == (False, True, True)
    mails.brand(fallback_language="en")
    assert _faults(message, "de", "fr")[("fr", "", "")].blocks


def test_marketing_needs_a_legal_notice_in_each_of_its_languages() -> None:
    message = mails.message(languages=("de", "en"))
    mails.brand(imprint={"de": "Köln", "en": " "})
    assert ("en", "footer", "imprint") in _faults(message)
    assert ("de", "footer", "imprint") not in _faults(message)


def test_subject_and_preview_text() -> None:
    message = mails.message()
    Content.objects.update(subject="", preheader="")
    found = _faults(message)
    assert found[("de", "", "subject")].blocks
    assert not found[("de", "", "preheader")].blocks
    Content.objects.update(subject="x" * 61, preheader="{{ firstname }}")
    found = _faults(message)
    assert not found[("de", "", "subject")].blocks
    assert "first_name" in found[("de", "", "preheader")].sentence


@pytest.mark.parametrize(
    ("block", "field"),
    [
        ({"id": "x", "kind": "image", "address": "https://a.example/b.png", "alt": ""}, "alt"),
        ({"id": "x", "kind": "image", "address": "", "alt": "Bluse"}, "address"),
        ({"id": "x", "kind": "button", "label": "Los", "link": "linden.example"}, "link"),
        ({"id": "x", "kind": "button", "label": "", "link": "https://linden.example"}, "label"),
        ({"id": "x", "kind": "text", "text": "{% for p in last_products %}"}, "text"),
        ({"id": "x", "kind": "text", "text": "[hier](www.linden.example)"}, "text"),
        ({"id": "x", "kind": "heading", "text": ""}, "text"),
        ({"id": "x", "kind": "products", "products": []}, "products"),
        ({"id": "x", "kind": "products", "products": [10**6]}, "products"),
        ({"id": "x", "kind": "gone"}, ""),
    ],
)
def test_a_faulty_block_is_named_with_its_field(block: dict[str, object], field: str) -> None:
    assert _faults(mails.message(block))[("de", "x", field)].blocks


def test_an_empty_message_and_one_that_grows_too_large() -> None:
    message = mails.message({"id": "f", "kind": "footer"})
    assert _faults(message)[("de", "", "")].blocks
    big = mails.message(*[mails.text("Wort " * 1_900, f"b{number}") for number in range(12)])
    assert _faults(big)[("de", "", "")].blocks


def test_links_that_depend_on_the_customer_are_told_of() -> None:
    message = mails.message(mails.text("[x](https://linden.example/{{ first_name }})"))
    assert not _faults(message)[("de", "", "")].blocks
    assert _faults(mails.message(mails.text("[x]({{ shop_url }}/sale)"))) == {}
