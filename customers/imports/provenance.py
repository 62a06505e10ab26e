"""Each line of a file is imported at most once: known by the file's digest and the line, never by its content."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection

from customers.imports.kinds import Item
from customers.models import ImportJob, Rejection

STATED = (ImportJob.Kind.CUSTOMERS, ImportJob.Kind.CONTACTS, ImportJob.Kind.PRODUCTS)
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('import ' || %s, 0))"


@dataclass
class Sorted:
    """The items of a chunk: to be recorded, refused, or left alone with a reason. `corrections` are the lines
    among `fresh` whose place was refused before."""

    fresh: list[Item] = field(default_factory=list)
    refused: list[Item] = field(default_factory=list)
    unchanged: Counter[str] = field(default_factory=Counter)
    corrections: set[int] = field(default_factory=set)


def hold(job: ImportJob) -> None:
    """Others that import lines of this source wait until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [f"{job.kind} {job.source}"])


def sort(job: ImportJob, items: Sequence[Item]) -> Sorted:
    """Tell the lines that were imported before from those that were not. Call under `hold`."""
    digests = {item.place.digest for item in items}
    done = {digest: _done(job, digest) for digest in digests}
    refused = _refused(job, items) if any(done.values()) else set()
    answer = Sorted()
    for item in items:
        again = (item.place.digest, item.place.line) in refused
        if item.place.line <= done[item.place.digest] and not again:
            answer.unchanged["line_known"] += 1
        elif item.place.digest != job.digest and not again:
            answer.refused.append(item._replace(reason="origin", column="source_file", row=None))
        elif item.reason:
            answer.refused.append(item)
        else:
            answer.fresh.append(item)
            if again:
                answer.corrections.add(item.line)
    return answer


def _done(job: ImportJob, digest: str) -> int:
    """The last line of this file that other jobs of this source have finished. Orders, events and carts count under
    any options; people and products may be read again under others."""
    others = ImportJob.objects.filter(digest=digest, kind=job.kind, source=job.source, dry_run=False)
    if job.kind in STATED and digest == job.digest:
        others = others.filter(options=job.options)
    return max(others.exclude(pk=job.pk).values_list("position", flat=True), default=0)


def _refused(job: ImportJob, items: Sequence[Item]) -> set[tuple[str, int]]:
    """The places among these that were refused and are still open."""
    found = Rejection.objects.filter(
        resolved_by=None,
        job__kind=job.kind,
        job__source=job.source,
        job__dry_run=False,
        file_digest__in={item.place.digest for item in items},
        file_line__in=[item.place.line for item in items],
    ).exclude(job=job)
    return set(found.values_list("file_digest", "file_line"))


def resolve(job: ImportJob, items: Sequence[Item]) -> None:
    """These lines are imported now: their rejections are settled."""
    for digest in {item.place.digest for item in items}:
        Rejection.objects.filter(
            resolved_by=None,
            job__kind=job.kind,
            job__source=job.source,
            job__dry_run=False,
            file_digest=digest,
            file_line__in=[item.place.line for item in items if item.place.digest == digest],
        ).update(resolved_by=job)
