"""The upload of a file that is to be imported."""

from functools import partial
from pathlib import Path
from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from customers.forms.uploads import UploadForm
from customers.imports import jobs, reasons, uploads
from customers.imports.faults import FileRefused
from customers.imports.reading import Format
from customers.models import ImportJob, User


@csrf_exempt  # the token is checked below, once the upload's way to the disk is laid
@login_required
@permission_required("customers.add_importjob", raise_exception=True)
def import_upload(request: HttpRequest) -> HttpResponse:
    handler = uploads.CappedUploadHandler(request, settings.IMPORT_MAX_BYTES)
    request.upload_handlers = [handler]
    return _upload(request, handler)


@csrf_protect
def _upload(request: HttpRequest, handler: uploads.CappedUploadHandler) -> HttpResponse:
    form = UploadForm(
        request.POST or None, request.FILES or None, initial={"kind": "orders", "source": "shop"}
    )
    if request.method == "POST" and handler.too_large:
        form = UploadForm(request.POST, request.FILES, initial=form.initial)
        form.is_valid()
        megabytes = settings.IMPORT_MAX_BYTES // 1_000_000
        form.errors["file"] = form.error_class(
            [_("The file is larger than %d MB. Pack it with gzip or xz, or divide it.") % megabytes]
        )
    elif request.method == "POST" and form.is_valid():
        try:
            return redirect("import_job", _take_in(request, form).pk)
        except FileRefused as error:
            form.add_error("file", reasons.fault(error.code, error.facts))
    sources = ImportJob.objects.order_by("source").values_list("source", flat=True).distinct()[:20]
    return render(
        request,
        "customers/imports/upload.html",
        {"form": form, "title": _("Import a file"), "sources": sources},
    )


def _take_in(request: HttpRequest, form: UploadForm) -> ImportJob:
    path = uploads.keep(form.cleaned_data["file"])
    try:
        return _created(request, form, path)
    except Exception:
        uploads.discard(path)
        raise


def _created(request: HttpRequest, form: UploadForm, path: Path) -> ImportJob:
    """A job whose file is read as it looks. Where it mixes encodings, the usual one beside UTF-8 is proposed: the next
    page says so and lets another be chosen."""
    told, user = form.cleaned_data, cast(User, request.user)
    name = uploads.shown_name(told["file"].name)
    create = partial(jobs.create, path, name, told["kind"], told["source"].strip(), user)
    try:
        return create()
    except FileRefused as error:
        if error.code != "mixed":
            raise
        return create(Format("cp1252", ""))
