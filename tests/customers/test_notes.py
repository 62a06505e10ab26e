"""Notes on a customer: plain text by whoever may write, changed by its author, gone when deleted."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from customers import notes
from customers.models import AuditEntry, Customer, Note
from customers.models.note import MOST
from tests.factories import NOON, CustomerFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Customer:
    return CustomerFactory(first_name="Anna")


def text_of(client: Client, customer: Customer) -> str:
    return client.get(reverse("customer", args=[customer.pk])).content.decode()


def write(client: Client, customer: Customer, text: str, **more: str) -> int:
    return client.post(reverse("note_add", args=[customer.pk]), {"text": text} | more).status_code


def test_a_note_stands_on_her_page_as_plain_text(anna: Customer, marketer: Client) -> None:
    assert write(marketer, anna, "Called.\r\n<script>alert(1)</script> & {{ x }}") == 302
    assert Note.objects.get().text == "Called.\n<script>alert(1)</script> & {{ x }}"
    page = text_of(marketer, anna)
    assert "Called.<br>&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{ x }}" in page
    assert f"Note by {marketer.user}" in page  # type: ignore[attr-defined]


def test_a_pinned_note_stands_on_top_and_in_the_timeline(anna: Customer, marketer: Client) -> None:
    write(marketer, anna, "Allergic to wool", pinned="1")
    write(marketer, anna, "Asked for the catalogue")
    page = text_of(marketer, anna)
    assert page.index("Allergic to wool") < page.index("New note")
    assert page.count("Allergic to wool") == 2
    pinned = Note.objects.get(pinned=True)
    marketer.post(reverse("note_pin", args=[pinned.pk]))
    assert text_of(marketer, anna).count("Allergic to wool") == 1
    marketer.post(reverse("note_pin", args=[pinned.pk]), {"pinned": "1"})
    assert Note.objects.get(pk=pinned.pk).pinned


@pytest.mark.parametrize(
    "text", ["", "   \r\n", "x" * (MOST + 1), "a\x00b"], ids=["empty", "blank", "long", "nul"]
)
def test_what_is_no_note_is_said_at_the_field_and_kept_there(
    anna: Customer, marketer: Client, text: str
) -> None:
    response = marketer.post(reverse("note_add", args=[anna.pk]), {"text": text})
    assert response.status_code == 422
    assert 'class="fault' in response.content.decode()
    assert text.strip()[:50] in response.content.decode().replace("�", "\x00")
    assert not Note.objects.exists()


def test_as_many_characters_as_are_allowed_fit_with_lines(anna: Customer, marketer: Client) -> None:
    """A browser counts the end of a line as one character and sends two."""
    assert write(marketer, anna, "x\r\n" * (MOST // 2 - 1) + "xy") == 302
    assert len(Note.objects.get().text) == MOST


def test_the_database_keeps_the_bounds(anna: Customer) -> None:
    for text in ("", "x" * (MOST + 1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            notes.write(anna, UserFactory(), text, NOON)


def test_only_its_author_changes_a_note(
    anna: Customer, marketer: Client, sign_in: Callable[..., Client]
) -> None:
    write(marketer, anna, "Likes tea")
    note = Note.objects.get()
    address = reverse("note_edit", args=[note.pk])
    assert sign_in("marketer").post(address, {"text": "Likes rum"}).status_code == 403
    assert sign_in("administrator").post(address, {"text": "Likes rum"}).status_code == 403
    assert "Likes tea" in marketer.get(address).content.decode()
    assert marketer.post(address, {"text": ""}).status_code == 200
    assert marketer.post(address, {"text": "Likes green tea"}).status_code == 302
    note.refresh_from_db()
    assert note.text == "Likes green tea"
    assert note.changed_at is not None


def test_deleting_is_asked_and_audited_without_what_it_said(
    anna: Customer, marketer: Client, sign_in: Callable[..., Client]
) -> None:
    write(marketer, anna, "Likes tea")
    note = Note.objects.get()
    address = reverse("note_delete", args=[note.pk])
    assert sign_in("marketer").post(address).status_code == 403
    assert "Delete this note?" in marketer.get(address).content.decode()
    assert Note.objects.exists()
    assert marketer.post(address).status_code == 302
    assert not Note.objects.exists()
    entry = AuditEntry.objects.get(action="note.deleted")
    assert entry.subject_id == str(anna.pk)
    assert entry.detail["note"] == note.pk
    assert "tea" not in str(entry.detail)
    assert marketer.post(address).status_code == 404


def test_an_administrator_deletes_anybodys_note(
    anna: Customer, marketer: Client, administrator: Client
) -> None:
    write(marketer, anna, "Rude words")
    assert administrator.post(reverse("note_delete", args=[Note.objects.get().pk])).status_code == 302
    assert not Note.objects.exists()


def test_deleting_twice_is_written_down_once(anna: Customer) -> None:
    author = UserFactory()
    note = notes.write(anna, author, "x", NOON)
    notes.delete(Note.objects.get(pk=note.pk), author, NOON)
    notes.delete(note, author, NOON)
    assert AuditEntry.objects.filter(action="note.deleted").count() == 1


def test_a_store_manager_has_to_do_with_her_stores_customers_only(
    anna: Customer, store_manager: Client
) -> None:
    note = notes.write(anna, store_manager.user, "Mine", NOON)  # type: ignore[attr-defined]
    addresses = [reverse(name, args=[note.pk]) for name in ("note_edit", "note_pin", "note_delete")]
    assert write(store_manager, anna, "x") == 404
    assert [store_manager.post(address, {"text": "y"}).status_code for address in addresses] == [404] * 3
    store = StoreFactory()
    store.staff.add(store_manager.user)  # type: ignore[attr-defined]
    Customer.objects.filter(pk=anna.pk).update(home_store=store)
    assert write(store_manager, anna, "x") == 302
    assert [store_manager.post(address, {"text": "y"}).status_code for address in addresses] == [302] * 3


def test_who_sees_no_names_sees_no_notes(anna: Customer, marketer: Client, analyst: Client) -> None:
    write(marketer, anna, "Her sister Berta called", pinned="1")
    page = text_of(analyst, anna)
    assert "Berta" not in page
    assert "New note" not in page


def test_an_approver_reads_notes_and_writes_none(anna: Customer, marketer: Client, approver: Client) -> None:
    write(marketer, anna, "Likes tea")
    page = text_of(approver, anna)
    assert "Likes tea" in page
    assert "New note" not in page
    assert write(approver, anna, "x") == 403
