"""Imports: the list, what the columns mean, progress and result."""

import logging
from functools import partial
from pathlib import Path
from typing import cast

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from config.pages import confirm, csv, progress
from config.pages.columns import MomentColumn, NumberColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Empty, Tone
from config.pages.tables import ListTable
from customers import audit, tasks
from customers.forms.imports import MappingForm
from customers.imports import carried, guessing, jobs, reasons, results, sheets
from customers.imports.faults import FileRefused
from customers.imports.options import Options
from customers.imports.reading import Format
from customers.models import ImportJob, User

log = logging.getLogger(__name__)
TONES: dict[str, Tone] = {
    ImportJob.State.MAPPING: "calm",
    ImportJob.State.QUEUED: "wait",
    ImportJob.State.RUNNING: "info",
    ImportJob.State.DONE: "good",
    ImportJob.State.FAILED: "bad",
    ImportJob.State.CANCELLED: "calm",
}


class ImportTable(ListTable):
    file_name = tables.Column()
    kind = tables.Column()
    source = tables.Column()
    state = tables.Column()
    imported = NumberColumn(verbose_name=gettext_lazy("imported"))
    unchanged = NumberColumn(verbose_name=gettext_lazy("unchanged"))
    rejected = NumberColumn(verbose_name=gettext_lazy("rejected"))
    created_at = MomentColumn(verbose_name=gettext_lazy("uploaded"))

    class Meta:
        model = ImportJob
        fields = ["file_name", "kind", "source", "state", "imported", "unchanged", "rejected", "created_at"]
        order_by = "-created_at"

    def render_state(self, record: ImportJob) -> str:
        tone = TONES[ImportJob.State(record.state)]
        return render_to_string("components/_badge.html", {"label": results.state(record), "tone": tone})


class ImportFilter(filters.FilterSet):  # type: ignore[misc]
    kind = filters.ChoiceFilter(
        label=gettext_lazy("Kind"), choices=ImportJob.Kind.choices, empty_label=gettext_lazy("any")
    )
    state = filters.ChoiceFilter(
        label=gettext_lazy("State"), choices=ImportJob.State.choices, empty_label=gettext_lazy("any")
    )

    class Meta:
        model = ImportJob
        fields = ["kind", "state"]


class ImportList(ListPage):
    key = "imports"
    title = gettext_lazy("Imports")
    permission = "customers.view_importjob"
    table_class = ImportTable
    filter_class = ImportFilter
    search_help = gettext_lazy("Name of the file")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("No import yet"),
            gettext_lazy(
                "Bring customers, products, orders, carts and behaviour in from files of the shop or the till."
            ),
            "database-import",
            self.primary(),
        )

    def rows(self) -> QuerySet[ImportJob]:
        return ImportJob.objects.all()

    def search(self, rows: QuerySet[ImportJob], text: str) -> QuerySet[ImportJob]:
        return rows.filter(file_name__icontains=text)

    def row_url(self, record: ImportJob) -> str:
        return reverse("import_job", args=[record.pk])

    def primary(self) -> Action | None:
        if not self.request.user.has_perm("customers.add_importjob"):
            return None
        return Action(gettext_lazy("Import a file"), reverse("import_upload"), "upload")


@login_required
@permission_required("customers.view_importjob", raise_exception=True)
def import_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """What is to be done with this import now: say what is in it, wait, or read the result."""
    job = get_object_or_404(ImportJob, pk=job_id)
    again = "edit" in request.GET and job.dry_run and results.is_over(job)
    if job.state == ImportJob.State.MAPPING or again:
        return _mapping(request, job)
    if not results.is_over(job):
        return render(
            request, "customers/imports/progress.html", {"job": job, "progress": results.progress(job)}
        )
    return render(request, "customers/imports/result.html", results.context(job))


def _mapping(request: HttpRequest, job: ImportJob) -> HttpResponse:
    if not request.user.has_perm("customers.add_importjob"):
        return render(request, "customers/imports/result.html", results.context(job))
    if request.POST.get("action") == "read":
        _read_again(request, job)
        return redirect(request.get_full_path())
    options = Options.load(job.options)
    try:
        head = guessing.head(Path(job.path), options.format)
    except FileRefused as error:
        messages.error(request, reasons.fault(error.code, error.facts))
        return redirect("import_list")
    data = request.POST if request.POST.get("action") in ("try", "import") else None
    found = sheets.names(Path(job.path)) if head.form.sheet else []
    form = MappingForm(job.kind, head, options, data, found)
    if data is not None and form.is_valid():
        return _start(request, job, form.options, dry_run=data["action"] == "try")
    context = {"job": job, "form": form, "mixed": results.mixed(job)}
    return render(request, "customers/imports/mapping.html", context)


def _read_again(request: HttpRequest, job: ImportJob) -> None:
    """Read the head anew in the format that was chosen; what cannot be read so is said, and all stays as it was."""
    told = request.POST
    sheet, row = told.get("sheet", ""), _row_told(told)
    if sheet != job.options.get("sheet") and row == job.options.get("header_row"):
        row = 0  # of another sheet it is looked for anew
    form = Format(told.get("encoding", "utf-8"), told.get("delimiter", ","), sheet, row)
    try:
        jobs.read_again(job, form)
    except FileRefused as error:
        messages.error(request, reasons.fault(error.code, error.facts))


def _row_told(told: QueryDict) -> int:
    row = told.get("header_row", "").strip()
    return int(row) if row.isdecimal() and len(row) < 8 else 0


@login_required
@permission_required("customers.add_importjob", raise_exception=True)
def import_start(request: HttpRequest, job_id: int) -> HttpResponse:
    """After a dry run: the same for good. Only a POST does anything."""
    job = get_object_or_404(ImportJob, pk=job_id)
    if request.method != "POST":
        return redirect("import_job", job.pk)
    return _start(request, job, Options.load(job.options), dry_run=False)


def _start(request: HttpRequest, job: ImportJob, options: Options, *, dry_run: bool) -> HttpResponse:
    try:
        with transaction.atomic():
            jobs.start(job.pk, options, dry_run=dry_run)
            action = "import.tried" if dry_run else "import.started"
            said = {"proven": True} if options.proven else {}
            audit.record(cast(User, request.user), action, job, timezone.now(), **said)
            transaction.on_commit(partial(_wake, job.pk))
    except jobs.NotStartable:
        messages.warning(request, _("This import runs already."))
    except FileRefused as error:
        messages.error(request, reasons.fault(error.code, error.facts))
    return redirect("import_job", job.pk)


def _wake(job_id: int) -> None:
    try:
        tasks.run_import.apply_async((job_id,), retry=False)
    except OperationalError:
        log.warning("The broker is away; the next tick offers import %s again", job_id)


@login_required
@permission_required("customers.view_importjob", raise_exception=True)
def import_progress(request: HttpRequest, job_id: int) -> HttpResponse:
    job = get_object_or_404(ImportJob, pk=job_id)
    return progress.respond(request, results.progress(job))


@login_required
@permission_required("customers.add_importjob", raise_exception=True)
def import_cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    job = get_object_or_404(ImportJob, pk=job_id)
    back = reverse("import_job", args=[job.pk])
    if request.method == "POST":
        with transaction.atomic():
            if jobs.cancel(job, timezone.now()):
                audit.record(cast(User, request.user), "import.cancelled", job, timezone.now())
        return redirect(back)
    return confirm.ask(
        request,
        _("Stop the import of “%(name)s”?") % {"name": job.file_name},
        _("What is imported so far stays. The import can be resumed where it stopped."),
        _("Stop import"),
        back,
    )


@login_required
@permission_required("customers.add_importjob", raise_exception=True)
def import_resume(request: HttpRequest, job_id: int) -> HttpResponse:
    job = get_object_or_404(ImportJob, pk=job_id)
    if request.method != "POST":
        return redirect("import_job", job.pk)
    with transaction.atomic():
        if jobs.resume(job):
            audit.record(cast(User, request.user), "import.resumed", job, timezone.now())
            transaction.on_commit(partial(_wake, job.pk))
    return redirect("import_job", job.pk)


@login_required
@permission_required("customers.view_importjob", raise_exception=True)
def import_rejected(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """The lines that are still refused, to be corrected and uploaded again."""
    job = get_object_or_404(ImportJob, pk=job_id)
    words = {key: str(text) for key, text in reasons.LINES.items()}
    audit.record(cast(User, request.user), "import.rejected_lines", job, timezone.now())
    divider, _decimal = csv.separators(get_language() or "de")
    name = f"{_('rejected')}-{job.file_name.split('.')[0]}.csv"
    disposition = content_disposition_header(True, name)
    return StreamingHttpResponse(
        (piece.encode() for piece in carried.written(job, words, divider)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition or "attachment"},
    )
