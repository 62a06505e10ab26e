"""Notes on a customer: who wrote one may change it, who wrote it or may delete others' may delete it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from customers import audit
from customers.models import Customer, Note, User


@dataclass(frozen=True)
class Shown:
    """A note, and what its reader may do with it."""

    note: Note
    reader: User

    @property
    def may_change(self) -> bool:
        return self.note.author_id == self.reader.pk and self.may_pin

    @property
    def may_delete(self) -> bool:
        return self.may_change or self.reader.has_perm("customers.delete_note")

    @property
    def may_pin(self) -> bool:
        return self.reader.has_perm("customers.add_note")


def pinned(customer: Customer, reader: User) -> list[Shown]:
    """What stands on top, the newest first."""
    rows = customer.notes.filter(pinned=True).select_related("author").order_by("-created_at", "-pk")
    return [Shown(note, reader) for note in rows]


@transaction.atomic
def write(customer: Customer, author: User, text: str, at: datetime, *, pinned: bool = False) -> Note:
    """A note on her, or on whom she was merged into at this moment."""
    held = Customer.objects.select_for_update(no_key=True).only("merged_into_id").get(pk=customer.pk)
    whose = held.merged_into_id or held.pk
    return Note.objects.create(customer_id=whose, author=author, text=text, pinned=pinned, created_at=at)


def change(note: Note, text: str, at: datetime) -> None:
    Note.objects.filter(pk=note.pk).update(text=text, changed_at=at)


def pin(note: Note, pinned: bool) -> None:
    """On top of the page, or back among the others."""
    Note.objects.filter(pk=note.pk).update(pinned=pinned)


@transaction.atomic
def delete(note: Note, by: User, at: datetime) -> None:
    """Gone for good. The audit log keeps that there was one, whose it was and when it was written, not what it said."""
    deleted, _models = Note.objects.filter(pk=note.pk).delete()
    if deleted:
        author = note.author.email if note.author else ""
        audit.record(
            by, "note.deleted", note.customer, at, note=note.pk, author=author, written_at=note.created_at
        )
