"""Notes on a customer: written on her page, changed by their author, deleted when asked twice."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from config.pages import confirm
from customers import access, notes
from customers.forms.notes import NoteForm
from customers.models import Note, User
from customers.views import customer as customer_page


@require_POST
@login_required
@permission_required("customers.add_note", raise_exception=True)
def note_add(request: HttpRequest, customer_id: int) -> HttpResponse:
    person = customer_page.seen_by(request, customer_id)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return customer_page.page(request, person, form, status=422)
    pinned = "pinned" in request.POST
    notes.write(person, cast(User, request.user), form.cleaned_data["text"], timezone.now(), pinned=pinned)
    return redirect("customer", person.pk)


@login_required
@permission_required("customers.add_note", raise_exception=True)
def note_edit(request: HttpRequest, note_id: int) -> HttpResponse:
    shown = _shown(request, note_id)
    if not shown.may_change:
        raise PermissionDenied
    form = NoteForm(request.POST if request.method == "POST" else None, initial={"text": shown.note.text})
    if form.is_valid():
        notes.change(shown.note, form.cleaned_data["text"], timezone.now())
        messages.success(request, _("The note is changed."))
        return redirect("customer", shown.note.customer_id)
    context = {
        "title": _("Change note"),
        "form": form,
        "where": access.name_for(shown.reader, shown.note.customer),
        "back": reverse("customer", args=[shown.note.customer_id]),
    }
    return render(request, "customers/note_edit.html", context)


@require_POST
@login_required
@permission_required("customers.add_note", raise_exception=True)
def note_pin(request: HttpRequest, note_id: int) -> HttpResponse:
    """POST pinned=1 puts it on top, without it goes back among the others."""
    note = _shown(request, note_id).note
    notes.pin(note, request.POST.get("pinned") == "1")
    return redirect("customer", note.customer_id)


@login_required
@permission_required("customers.view_note", raise_exception=True)
def note_delete(request: HttpRequest, note_id: int) -> HttpResponse:
    shown = _shown(request, note_id)
    if not shown.may_delete:
        raise PermissionDenied
    back = reverse("customer", args=[shown.note.customer_id])
    if request.method == "POST":
        notes.delete(shown.note, shown.reader, timezone.now())
        messages.success(request, _("The note is deleted."))
        return redirect(back)
    text = _("The note is gone for good. The audit log keeps who deleted it, not what it said.")
    return confirm.ask(request, _("Delete this note?"), text, _("Delete note"), back)


def _shown(request: HttpRequest, note_id: int) -> notes.Shown:
    """The note, if its customer is one whom this reader may see."""
    reader = cast(User, request.user)
    if not reader.has_perm("customers.view_note"):
        raise PermissionDenied
    note = get_object_or_404(Note.objects.select_related("customer", "author"), pk=note_id)
    get_object_or_404(access.customers_for(reader), pk=note.customer_id)
    return notes.Shown(note, reader)
