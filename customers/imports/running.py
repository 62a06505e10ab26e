"""A run: chunk by chunk, each one transaction with its saved position. Killed anywhere, it goes on from there."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, DataError, InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now

from customers.imports import carried, files, jobs, provenance, reading, sheets
from customers.imports.faults import FileRefused, LineRefused
from customers.imports.kinds import READERS, Applied, Item, Reader
from customers.imports.options import Options, check
from customers.models import ImportJob, Rejection

log = logging.getLogger(__name__)

CHECKED = 100_000
LONGEST_COLUMN = 120
Progress = Callable[[ImportJob], None]


class Lost(Exception):
    """The job was cancelled, or another worker has taken it over."""


ANALYSE = """
    ANALYZE customers_customer, customers_identity, customers_product, customers_order, customers_orderline,
            customers_importedorder, customers_eventkey, customers_visitor, customers_cart, customers_cartline
"""


@dataclass
class Chunk:
    items: list[Item]
    position: int


def run(
    job_id: int, at: datetime, *, most_chunks: int | None = None, progress: Progress | None = None
) -> bool:
    """Claim the job and work on it as of `at`, to its end or for so many chunks. True when more is to be done by
    the caller; False when it is finished, failed, cancelled or in other hands."""
    job = jobs.claim(job_id, at)
    if job is None:
        return False
    try:
        finished = _work(job, at, most_chunks, progress or (lambda job: None))
    except FileRefused as error:
        jobs.fail(job, error.code, error.facts, at)
    except Lost:
        pass
    except DataError as error:
        log.error(
            "Import %s stopped behind line %s: %s", job_id, job.position, type(error.__cause__).__name__
        )
        jobs.fail(job, "beyond", {"line": max(job.position, 1) + 1}, at)
    except (
        OperationalError,
        InterfaceError,
    ):  # the database went away; anything else would come again for ever
        with suppress(DatabaseError):
            jobs.release(job)
        raise
    except Exception:
        jobs.fail(job, "internal", {}, at)
        raise
    else:
        if not finished:
            jobs.release(job)
        return not finished
    return False


def _work(job: ImportJob, at: datetime, most_chunks: int | None, progress: Progress) -> bool:
    options = Options.load(job.options)
    if files.digest(Path(job.path), options.sheet) != job.digest:
        raise FileRefused("changed")
    path = _text(job, options)
    if job.lines is None:
        _check(job, path, options)
    with reading.records(path, options.format) as records:
        behind, header = carried.width(records.header), carried.original(records.header)
        check(options, job.kind, header)
        reader = READERS[job.kind](job, options, header, at)
        records.skip(job.position)
        for number, chunk in enumerate(_ahead(_chunks(job, reader, records, behind))):
            if number == most_chunks:
                return False
            _record(job, reader, chunk, at)
            if not job.dry_run and number & (number + 1) == 0:
                _analyse()
            progress(job)
    _finish(job, reader, at)
    progress(job)
    return True


def _text(job: ImportJob, options: Options) -> Path:
    """The file to read: that of the job, or what its sheet becomes."""
    if not options.sheet:
        return Path(job.path)
    return sheets.as_text(job, options.format, options.decimal, partial(_renew, job))


def _renew(job: ImportJob) -> None:
    if not jobs.renew(job):
        raise Lost


def _analyse() -> None:
    """Let the planner know how the tables have grown: after the 1st, 2nd, 4th, 8th ... chunk. Autovacuum comes too
    late for a large file in an empty database, and the plans it would mend are the slow ones."""
    with connection.cursor() as cursor:
        cursor.execute(ANALYSE)


def _check(job: ImportJob, path: Path, options: Options) -> None:
    """Read the whole file once, so that a damaged one is refused before anything is written."""
    count = 0
    with reading.records(path, options.format) as records:
        for count, _record in enumerate(records, start=1):
            if count % CHECKED == 0:
                _renew(job)
    if not count:
        raise FileRefused("no_lines")
    job.lines = count
    job.save(update_fields=["lines"])


def _chunks(job: ImportJob, reader: Reader, records: reading.Records, behind: int) -> Iterator[Chunk]:
    own = (job.digest, job.file_name)
    source = iter(records)
    while True:
        items = [_item(reader, record, behind, own) for record in islice(source, settings.IMPORT_CHUNK_LINES)]
        if not items:
            return
        yield Chunk(items, records.position)


def _ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Read the next chunk while the database is busy with this one. Reading does not touch the database."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        following = pool.submit(next, chunks, None)
        while (chunk := following.result()) is not None:
            following = pool.submit(next, chunks, None)
            yield chunk


def _item(reader: Reader, record: reading.Record, behind: int, own: tuple[str, str]) -> Item:
    cells = record.cells
    place = carried.Origin(own[0], record.line, own[1])
    try:
        if behind:
            place = carried.origin(cells)
            cells = [carried.verbatim(cell) for cell in cells[behind:]]
        cells.append("")
        if record.fault:
            raise LineRefused(record.fault)
        reader.check_cells(cells)
        return Item(record.line, cells, place, reader.row(cells, record.line))
    except LineRefused as refusal:
        return Item(record.line, cells, place, None, refusal.reason, refusal.column, refusal.value[:200])


def _record(job: ImportJob, reader: Reader, chunk: Chunk, at: datetime) -> None:
    """One chunk, one transaction. A dry run does the same and takes the facts back."""
    with transaction.atomic():
        _hold(job)
        with transaction.atomic():
            provenance.hold(job)
            sorted_items = provenance.sort(job, chunk.items)
            applied = Applied()
            if sorted_items.fresh:
                applied = reader.apply(sorted_items.fresh, at, sorted_items.corrections)
            if job.dry_run:
                transaction.set_rollback(True)
        _settle(job, sorted_items, applied)
        _count(job, sorted_items, applied)
        job.position = chunk.position
        ImportJob.objects.filter(pk=job.pk).update(
            position=job.position,
            imported=job.imported,
            rejected=job.rejected,
            unchanged=job.unchanged,
            counts=job.counts,
            lease_until=Now() + jobs.lease(),
        )


def _hold(job: ImportJob) -> None:
    """Lock the job's row and make sure that it is still ours: what another worker did in between shows in the
    position."""
    now = ImportJob.objects.select_for_update().filter(pk=job.pk).values_list("state", "position").first()
    if now != (ImportJob.State.RUNNING, job.position):
        raise Lost


def _settle(job: ImportJob, sorted_items: provenance.Sorted, applied: Applied) -> None:
    refused = sorted_items.refused + [
        item._replace(reason=applied.refused[item.line][0], column=applied.refused[item.line][1])
        for item in sorted_items.fresh
        if item.line in applied.refused
    ]
    sorted_items.refused = refused
    Rejection.objects.bulk_create([_rejection(job, item) for item in refused], batch_size=2000)
    settled = [
        item
        for item in sorted_items.fresh
        if item.line in sorted_items.corrections and item.line not in applied.refused
    ]
    if settled and not job.dry_run:
        provenance.resolve(job, settled)


def _rejection(job: ImportJob, item: Item) -> Rejection:
    options = job.options
    return Rejection(
        job=job,
        line=item.line,
        column=options["mapping"].get(item.column, item.column)[:LONGEST_COLUMN],
        reason=item.reason,
        value=item.value,
        cells=item.cells[:-1],
        file_name=item.place.name,
        file_digest=item.place.digest,
        file_line=item.place.line,
    )


def _count(job: ImportJob, sorted_items: provenance.Sorted, applied: Applied) -> None:
    unchanged = sorted_items.unchanged + applied.unchanged
    rejected = Counter(item.reason for item in sorted_items.refused)
    job.rejected += rejected.total()
    job.unchanged += unchanged.total()
    job.imported += len(sorted_items.fresh) - len(applied.refused) - applied.unchanged.total()
    for name, counts in (("rejected", rejected), ("unchanged", unchanged), ("notices", applied.notices)):
        job.counts[name] = dict(Counter(job.counts.get(name, {})) + counts)


def _finish(job: ImportJob, reader: Reader, at: datetime) -> None:
    if not job.dry_run:
        sheets.forget(job)
        whole = {name: count for name, count in reader.finish().items() if count}
        job.counts["notices"] = job.counts.get("notices", {}) | whole
    with transaction.atomic():
        _hold(job)
        job.state = ImportJob.State.DONE
        job.finished_at = at
        job.lease_until = None
        job.save(update_fields=["state", "finished_at", "lease_until", "counts"])
