"""The life of an import: made, begun, claimed by one worker at a time, stopped, resumed, cancelled."""

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from customers.imports import carried, files, guessing, reading, sheets, uploads
from customers.imports.faults import LineRefused
from customers.imports.options import Options, check
from customers.models import ImportJob, Rejection, User

State = ImportJob.State
UNFINISHED = (State.QUEUED, State.RUNNING, State.FAILED, State.CANCELLED)


def lease() -> timedelta:
    return timedelta(seconds=settings.IMPORT_LEASE_SECONDS)


def create(
    path: Path,
    name: str,
    kind: str,
    source: str,
    user: User | None = None,
    form: reading.Format = reading.UNTOLD,
) -> ImportJob:
    """A job for a file at `path`, still to be mapped, divided as `form` tells. Raises FileRefused."""
    head = guessing.head(path, form)
    return ImportJob.objects.create(
        kind=kind,
        path=str(path),
        file_name=name[-200:],
        digest=files.digest(path, head.form.sheet),
        source=source,
        header=head.header,
        options=proposed(kind, head).dump(),
        created_by=user,
    )


def read_again(job: ImportJob, form: reading.Format) -> guessing.Head:
    """The head of a job that is still to be mapped, divided in another way; its options are guessed anew. Raises
    FileRefused."""
    path = Path(job.path)
    head = guessing.head(path, form)
    job.header = head.header
    job.digest = files.digest(path, head.form.sheet)
    job.options = proposed(job.kind, head).dump()
    job.save(update_fields=["header", "digest", "options"])
    return head


def proposed(kind: str, head: guessing.Head) -> Options:
    """Guessed options; for a file of rejected lines, those under which its lines were refused."""
    guess = guessing.options(kind, head)
    if not head.carried:
        return guess
    former = _refusing(head.first, kind)
    return former.but(**asdict(head.form)) if former else guess


def _refusing(cells: list[str], kind: str) -> Options | None:
    """The options of the run that refused this carried line."""
    try:
        origin = carried.origin(cells)
    except LineRefused:
        return None
    refused = Rejection.objects.filter(file_digest=origin.digest, file_line=origin.line, job__kind=kind)
    rejection = refused.select_related("job").order_by("-id").first()
    return Options.load(rejection.job.options) if rejection else None


def begun_before(job: ImportJob, options: Options) -> ImportJob | None:
    """An earlier run of the same file under the same options that has not come to its end."""
    return (
        ImportJob.objects.filter(digest=job.digest, kind=job.kind, source=job.source, dry_run=False)
        .filter(state__in=UNFINISHED, options=options.dump())
        .exclude(pk=job.pk)
        .order_by("-position", "id")
        .first()
    )


class NotStartable(Exception):
    """The job runs already, or has run for good."""


@transaction.atomic
def start(job_id: int, options: Options, *, dry_run: bool) -> ImportJob:
    """Queue a job that is still to be mapped, or was only tried, from its first line. Raises FileRefused for
    options that cannot be used, and NotStartable."""
    job = ImportJob.objects.select_for_update().get(pk=job_id)
    tried = job.dry_run and job.state in (State.DONE, State.FAILED, State.CANCELLED)
    if job.state != State.MAPPING and not tried:
        raise NotStartable
    check(options, job.kind, job.header)
    job.rejections.all().delete()
    job.options = options.dump()
    job.dry_run = dry_run
    job.state = State.QUEUED
    job.position = job.imported = job.rejected = job.unchanged = 0
    job.lines = job.lease_until = job.started_at = job.finished_at = None
    job.counts = {}
    job.fault = {}
    job.save()
    return job


def resume(job: ImportJob) -> bool:
    """Queue a stopped or cancelled job again, where it stands."""
    stopped = ImportJob.objects.filter(pk=job.pk, state__in=(State.FAILED, State.CANCELLED))
    return stopped.update(state=State.QUEUED, fault={}, lease_until=None) == 1


def cancel(job: ImportJob, at: datetime) -> bool:
    """Stop after the chunk in hand. What is imported stays."""
    going = ImportJob.objects.filter(pk=job.pk, state__in=(State.MAPPING, State.QUEUED, State.RUNNING))
    return going.update(state=State.CANCELLED, finished_at=at) == 1


def claim(job_id: int, at: datetime) -> ImportJob | None:
    """The job, leased to the caller; None while another has it or there is nothing to do."""
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    claimed = ImportJob.objects.filter(free, pk=job_id, state__in=(State.QUEUED, State.RUNNING)).update(
        state=State.RUNNING, lease_until=Now() + lease(), started_at=Coalesce("started_at", at)
    )
    return ImportJob.objects.get(pk=job_id) if claimed else None


def renew(job: ImportJob) -> bool:
    """Keep the lease through a long step; False when the job was cancelled meanwhile."""
    ours = ImportJob.objects.filter(pk=job.pk, state=State.RUNNING)
    return ours.update(lease_until=Now() + lease()) == 1


def release(job: ImportJob) -> None:
    """Let another worker go on at once."""
    ImportJob.objects.filter(pk=job.pk, state=State.RUNNING).update(lease_until=None)


def fail(job: ImportJob, code: str, facts: dict[str, object], at: datetime) -> None:
    ImportJob.objects.filter(pk=job.pk).exclude(state=State.CANCELLED).update(
        state=State.FAILED, fault={"code": code, "facts": facts}, lease_until=None, finished_at=at
    )


def forget_files(before: datetime) -> int:
    """Delete uploaded files that nobody has needed since `before`; how many. They hold people's data."""
    old = ImportJob.objects.exclude(state__in=(State.QUEUED, State.RUNNING)).exclude(path="")
    forgotten = 0
    for job in old.alias(used=Coalesce("finished_at", "created_at")).filter(used__lt=before):
        uploads.discard(Path(job.path))
        sheets.forget(job)
        forgotten += ImportJob.objects.filter(pk=job.pk).update(path="")
    return forgotten


def waiting() -> list[int]:
    """Jobs that nobody is at: queued, or their worker died."""
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    going = ImportJob.objects.filter(free, state__in=(State.QUEUED, State.RUNNING))
    return list(going.order_by(F("id")).values_list("pk", flat=True))
