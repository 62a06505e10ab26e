"""The editor: every change is a saved draft, two people notice each other, faults stand at their field."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from channels.messages import checks, drafts
from channels.models import Content, Delivery, Message
from tests.channels import mails
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def message() -> Message:
    return mails.message(mails.text("Hallo", "t1"), mails.button(number="b1"), {"id": "f1", "kind": "footer"})


def _change(client: Client, content: Content, **data: object) -> str:
    data = {"revision": Content.objects.get(pk=content.pk).revision} | data
    response = client.post(reverse("message_change", args=[content.pk]), data, headers=HTMX)
    assert response.status_code == 200
    return response.content.decode()


def _ids(content: Content) -> list[str]:
    return [each["id"] for each in Content.objects.get(pk=content.pk).blocks]


def test_what_is_typed_is_there_when_she_comes_back(marketer: Client, message: Message) -> None:
    content = message.contents.get()
    answer = _change(marketer, content, block="t1", text="Neuer Text {{ first_name }}")
    assert re.search(r"saved \d\d:\d\d", answer)
    _change(marketer, content, subject="Neuer Betreff", preheader="Vorschau")
    page = marketer.get(reverse("message_editor", args=[message.pk])).content.decode()
    for words in ("Neuer Text {{ first_name }}", "Neuer Betreff", "Vorschau"):
        assert words in page
    content.refresh_from_db()
    assert content.updated_by == marketer.user  # type: ignore[attr-defined]


def test_a_sign_that_no_text_can_hold_does_not_cost_her_the_others(
    marketer: Client, message: Message
) -> None:
    content = message.contents.get()
    _change(marketer, content, subject="Neu\0es", block="t1", text="Ein\0 Satz")
    content.refresh_from_db()
    assert (content.subject, content.blocks[0]["text"]) == ("Neues", "Ein Satz")


def test_a_faulty_text_is_kept_and_its_fault_stands_at_the_field(marketer: Client, message: Message) -> None:
    content = message.contents.get()
    answer = _change(marketer, content, block="t1", text="{{ first_nam }}")
    fault = answer.split('id="fault-t1-text"')[1].split("</div>")[0]
    assert "first_name" in fault
    assert "1 fault" in answer
    answer = _change(marketer, content, block="b1", label="", link="nowhere")
    assert "This field is required" in answer.split('id="fault-b1-label"')[1].split("</div>")[0]
    assert "https://" in answer.split('id="fault-b1-link"')[1].split("</div>")[0]
    assert Content.objects.get(pk=content.pk).blocks[1]["link"] == "nowhere"


def test_a_block_just_added_shows_no_fault_until_she_has_been_at_it(
    marketer: Client, message: Message
) -> None:
    content = message.contents.get()
    page = _change(marketer, content, action="add:button")
    new = Content.objects.get(pk=content.pk).blocks[2]["id"]
    assert f'data-block="{new}"' in page
    assert "This field is required" not in page
    assert "not complete yet" in page
    assert "1 fault" not in page

    kept = _change(marketer, content, block=new, label="Los", link="", only_if="")
    assert "This field is required" in kept.split(f'id="fault-{new}-link"')[1].split("</div>")[0]
    assert "1 fault" in marketer.get(reverse("message_editor", args=[message.pk])).content.decode()


def test_the_review_leads_to_the_fault_of_a_block_that_was_never_filled_in(
    marketer: Client, message: Message
) -> None:
    content = message.contents.get()
    _change(marketer, content, action="add:button")
    new = Content.objects.get(pk=content.pk).blocks[2]["id"]
    assert any(fault.place.block == new for fault in checks.faults(message) if fault.blocks)
    mend = reverse("message_editor", args=[message.pk]) + f"?channel=email&language=de&block={new}"
    assert "This field is required" in marketer.get(mend).content.decode()


def test_the_second_editor_is_told_and_overwrites_nothing(
    sign_in: Callable[..., Client], marketer: Client, message: Message
) -> None:
    content = message.contents.get()
    other = sign_in("marketer", first_name="Nora")
    _change(other, content, block="t1", text="von Nora")
    answer = _change(marketer, content, revision=0, block="t1", text="von Mara")
    assert "Nora" in answer
    assert "not saved" in answer
    assert Content.objects.get(pk=content.pk).blocks[0]["text"] == "von Nora"


def test_a_form_may_know_an_old_revision_when_the_page_knows_the_newest(
    marketer: Client, message: Message
) -> None:
    content = message.contents.get()
    _change(marketer, content, block="t1", text="eins")
    _change(marketer, content, revision=0, newest=1, block="t1", text="zwei")
    assert Content.objects.get(pk=content.pk).blocks[0]["text"] == "zwei"


def test_blocks_are_added_moved_doubled_and_deleted(marketer: Client, message: Message) -> None:
    content = message.contents.get()
    _change(marketer, content, action="add:heading", after="t1")
    new = _ids(content)[1]
    assert _ids(content) == ["t1", new, "b1", "f1"]
    _change(marketer, content, block=new, text="Titel", action="up")
    assert _ids(content) == [new, "t1", "b1", "f1"]
    _change(marketer, content, block="t1", text="x", action="down")
    assert _ids(content) == [new, "b1", "t1", "f1"]
    _change(marketer, content, block=new, text="Titel", action="move:9")
    assert _ids(content) == ["b1", "t1", new, "f1"]
    _change(marketer, content, block=new, text="Titel", action="duplicate")
    assert [len(_ids(content)), _ids(content)[-1]] == [5, "f1"]
    _change(marketer, content, block="b1", action="delete")
    assert "b1" not in _ids(content)
    assert [each["text"] for each in Content.objects.get(pk=content.pk).blocks[1:3]] == ["Titel", "Titel"]


def test_an_action_keeps_what_was_typed_just_before(marketer: Client, message: Message) -> None:
    content = message.contents.get()
    _change(marketer, content, block="t1", text="gerade getippt", action="down")
    assert Content.objects.get(pk=content.pk).blocks[1]["text"] == "gerade getippt"


def test_the_footer_of_marketing_stays(marketer: Client, message: Message) -> None:
    content = message.contents.get()
    assert "Marketing mail needs its footer" in _change(marketer, content, block="f1", action="delete")
    _change(marketer, content, block="f1", action="up")
    assert _ids(content) == ["t1", "b1", "f1"]


def test_products_are_chosen_and_taken_out(marketer: Client, message: Message) -> None:
    content, mug = message.contents.get(), ProductFactory(names={"de": "Becher Nord"})
    found = marketer.get(reverse("message_products", args=[content.pk]), {"product_search": "nord"})
    assert f"product:{mug.pk}" in found.content.decode()
    _change(marketer, content, action="add:products", after="t1")
    block = _ids(content)[1]
    assert "Becher Nord" in _change(marketer, content, block=block, label="Los", action=f"product:{mug.pk}")
    assert Content.objects.get(pk=content.pk).blocks[1]["products"] == [mug.pk]
    _change(marketer, content, block=block, products=[mug.pk], label="Los", action=f"unproduct:{mug.pk}")
    assert Content.objects.get(pk=content.pk).blocks[1]["products"] == []


def test_languages_are_added_copied_and_removed(marketer: Client, message: Message) -> None:
    address = reverse("message_language", args=[message.pk])
    marketer.post(address, {"language": "en", "source": "de"}, headers=HTMX)
    copy = message.contents.get(language="en")
    assert [each["kind"] for each in copy.blocks] == ["text", "button", "footer"]
    assert copy.blocks[2]["opt_out"] == "Unsubscribe"
    assert not {each["id"] for each in copy.blocks} & {"t1", "b1", "f1"}
    marketer.post(address, {"language": "fr"}, headers=HTMX)
    assert message.contents.get(language="fr").blocks[-1]["opt_out"] == "Se désabonner"
    marketer.post(address, {"language": "fr", "action": "remove"}, headers=HTMX)
    marketer.post(address, {"language": "xx"}, headers=HTMX)
    assert sorted(message.contents.values_list("language", flat=True)) == ["de", "en"]


def test_a_message_on_its_way_cannot_be_edited(marketer: Client, message: Message) -> None:
    content, sender = message.contents.get(), message.sender
    from channels.messages import versions

    version = versions.freeze(message, None)
    Delivery.objects.create(
        message=message, occurrence=1, customer=mails.customer(), version=version, account=sender.account,
        channel="email", language="de", due_at=mails.NOW,
    )  # fmt: skip
    assert "on its way" in _change(marketer, content, block="t1", text="anders")
    assert Content.objects.get(pk=content.pk).blocks[0]["text"] == "Hallo"


def test_a_launched_message_is_read_only_until_it_is_unlocked(marketer: Client, message: Message) -> None:
    content, language = message.contents.get(), reverse("message_language", args=[message.pk])
    drafts.lock(message.pk, mails.NOW)
    for data in ({"block": "t1", "text": "anders"}, {"subject": "anders"}, {"action": "add:text"}):
        answer = _change(marketer, content, **data)
        assert "take it back to change it" in answer
        assert "circle-check" not in answer
    marketer.post(language, {"language": "en"}, headers=HTMX)
    answer = marketer.post(language, {"language": "de", "action": "remove"}, headers=HTMX).content.decode()
    assert "take it back to change it" in answer
    assert [(each.language, each.revision) for each in message.contents.all()] == [("de", content.revision)]
    page = marketer.get(reverse("message_editor", args=[message.pk])).content.decode()
    assert "take it back to change it" in page
    assert re.search(r"<fieldset[^>]* disabled", page)
    assert "data-grip" not in page
    drafts.unlock(message.pk)
    assert "saved" in _change(marketer, content, block="t1", text="anders")


def test_the_editor_is_a_page_and_a_fragment(marketer: Client, message: Message) -> None:
    address = reverse("message_editor", args=[message.pk])
    page, fragment = marketer.get(address), marketer.get(address, headers=HTMX)
    assert "<html" in page.content.decode()
    assert "<html" not in fragment.content.decode()
    assert "HX-Request" in fragment["Vary"]
    for response in (page, fragment):
        assert ' style="' not in response.content.decode()
        assert "onclick" not in response.content.decode()


def test_it_works_without_scripts(marketer: Client, message: Message) -> None:
    content = message.contents.get()
    data = {"revision": 0, "block": "t1", "text": "ohne Skript", "action": "down"}
    response = marketer.post(reverse("message_change", args=[content.pk]), data)
    assert response.status_code == 302
    assert _ids(content) == ["b1", "t1", "f1"]
