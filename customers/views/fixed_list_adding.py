"""Putting people on a fixed list, and the page that says what became of each entry."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from config.pages import csv
from customers import fixed_lists
from customers.fixed_lists import Refused, adding, entries
from customers.forms.fixed_lists import AddForm, CreateForm
from customers.imports import reasons, uploads
from customers.imports.faults import FileRefused
from customers.models import FixedList, FixedListReject, FixedListUpload, User

SHOWN = 100  # rejected entries of a kind on the page; all of them are in the file
Reason = FixedListReject.Reason


@csrf_exempt  # the token is checked below, once the upload's way to the disk is laid
@login_required
@permission_required("customers.add_segment", raise_exception=True)
def fixed_list_create(request: HttpRequest) -> HttpResponse:
    return _page(request, None)


@csrf_exempt
@login_required
@permission_required("customers.change_segment", raise_exception=True)
def fixed_list_add(request: HttpRequest, list_id: int) -> HttpResponse:
    return _page(request, get_object_or_404(FixedList, pk=list_id))


def _page(request: HttpRequest, fixed_list: FixedList | None) -> HttpResponse:
    handler = uploads.CappedUploadHandler(request, settings.IMPORT_MAX_BYTES)
    request.upload_handlers = [handler]
    return _add(request, fixed_list, handler)


@csrf_protect
def _add(
    request: HttpRequest, fixed_list: FixedList | None, handler: uploads.CappedUploadHandler
) -> HttpResponse:
    kind = AddForm if fixed_list else CreateForm
    form = kind(request.POST, request.FILES) if request.method == "POST" else kind()
    if request.method == "POST" and handler.too_large:
        form.errors["file"] = form.error_class(
            [_("The file is larger than %d MB. Divide it.") % (settings.IMPORT_MAX_BYTES // 1_000_000)]
        )
    elif request.method == "POST" and form.is_valid():
        upload = _taken_in(form, fixed_list, cast(User, request.user), timezone.now())
        if upload is not None:
            return redirect("fixed_list_upload", upload.fixed_list_id, upload.pk)
    title = _("Add people: %s") % fixed_list.name if fixed_list else _("New list")
    return render(
        request, "customers/fixed_lists/add.html", {"form": form, "fixed_list": fixed_list, "title": title}
    )


def _taken_in(
    form: AddForm, fixed_list: FixedList | None, user: User, at: datetime
) -> FixedListUpload | None:
    """None when the form says why not; then no list has been made."""
    file = form.cleaned_data["file"]
    path = uploads.keep(file) if file else None
    try:
        with transaction.atomic():
            chosen = fixed_list or fixed_lists.create(form.cleaned_data["name"], user, at)
            found = entries.uploaded(path) if path else entries.pasted(form.cleaned_data["text"])
            return adding.add(chosen, found, user, at, uploads.shown_name(file.name) if file else "")
    except Refused as refused:
        form.add_error("name" if "name" in form.fields else "text", refused.sentence)
    except FileRefused as error:
        form.add_error("file" if path else "text", reasons.fault(error.code, error.facts))
    finally:
        if isinstance(path, Path):
            uploads.discard(path)
    return None


@login_required
@permission_required(["customers.change_segment", "customers.view_personal_data"], raise_exception=True)
def fixed_list_upload(request: HttpRequest, list_id: int, upload_id: int) -> HttpResponse:
    """What was found and what was not."""
    upload = _upload(list_id, upload_id)
    context: dict[str, Any] = {
        "upload": upload,
        "title": upload.fixed_list.name,
        "already": upload.found - upload.added,
        "groups": [
            (reason, count, list(_rejects(upload, reason)[:SHOWN]))
            for reason, count in _counts(upload).items()
            if count
        ],
        "shown": SHOWN,
    }
    return render(request, "customers/fixed_lists/upload.html", context)


@login_required
@permission_required(["customers.change_segment", "customers.view_personal_data"], raise_exception=True)
def fixed_list_rejects(request: HttpRequest, list_id: int, upload_id: int) -> HttpResponseBase:
    """The entries of one reason as a file that can be mended and uploaded again: its first column counts."""
    upload = _upload(list_id, upload_id)
    reason = request.GET.get("reason", "")
    chosen = Reason(reason) if reason in Reason.values else Reason.UNKNOWN
    name = f"{slugify(upload.fixed_list.name) or 'list'}-{chosen}"
    return csv.respond(name, _lines(upload, chosen))


def _lines(upload: FixedListUpload, reason: FixedListReject.Reason) -> Iterator[list[Any]]:
    yield [_("entry"), _("line"), _("reason")]
    for reject in _rejects(upload, reason).iterator(chunk_size=2000):
        yield [reject.text, reject.line, reject.get_reason_display()]


def _upload(list_id: int, upload_id: int) -> FixedListUpload:
    uploads_of = FixedListUpload.objects.select_related("fixed_list", "user")
    return get_object_or_404(uploads_of, pk=upload_id, fixed_list=list_id)


def _rejects(upload: FixedListUpload, reason: str) -> Any:
    return upload.rejects.filter(reason=reason).order_by("line", "pk")


def _counts(upload: FixedListUpload) -> dict[FixedListReject.Reason, int]:
    return {
        Reason.UNKNOWN: upload.unknown,
        Reason.AMBIGUOUS: upload.ambiguous,
        Reason.MALFORMED: upload.malformed,
    }
