import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers.imports import guessing, jobs, reasons, running
from customers.imports.faults import FileRefused
from customers.imports.options import Options
from customers.imports.reading import Format
from customers.models import ImportJob

WAIT = 1.0


class Command(BaseCommand):
    help = (
        "Import a retailer's history from a CSV file, plain or packed with gzip or xz, or from a workbook (XLSX). "
        "Started again "
        "after it was stopped or killed, it goes on where it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path)
        parser.add_argument("--kind", choices=ImportJob.Kind.values)
        parser.add_argument("--source", help="the system whose numbers these are, such as shop or till")
        parser.add_argument(
            "--mapping",
            action="append",
            default=[],
            help="JSON, or name=column; may be repeated",
            metavar="NAME=COLUMN",
        )
        parser.add_argument("--zone", help="the zone of times without one, such as Europe/London")
        parser.add_argument("--currency", help="ISO 4217, such as GBP")
        parser.add_argument("--rate", help="how many of the shop's currency is one of --currency")
        parser.add_argument("--encoding")
        parser.add_argument("--delimiter")
        parser.add_argument("--sheet", help="of a workbook; the first one with something in it, unless told")
        parser.add_argument("--header-row", type=int, help="the row of the sheet that names the columns")
        parser.add_argument("--decimal", choices=[".", ","])
        parser.add_argument("--dates", choices=["day-first", "month-first"])
        parser.add_argument("--refund-prefix", help="order numbers that begin so are refunds")
        parser.add_argument(
            "--proven",
            action="store_true",
            default=None,
            help="the texts of the column permission_proof were looked at: they say when, where and how each agreed",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="count what would come of it, record nothing"
        )
        parser.add_argument("--resume", type=int, metavar="ID", help="go on with this import")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            job = self._resumed(options["resume"]) if options["resume"] else self._begun(options)
        except FileRefused as error:
            flag = " (--proven)" if error.code == "unproven" else ""
            raise CommandError(reasons.fault(error.code, error.facts) + flag) from error
        self._run(job.pk)
        job.refresh_from_db()
        self._tell(job)

    def _resumed(self, job_id: int) -> ImportJob:
        job = ImportJob.objects.filter(pk=job_id).first()
        if job is None:
            raise CommandError(f"There is no import {job_id}.")
        jobs.resume(job)
        return job

    def _begun(self, given: dict[str, Any]) -> ImportJob:
        if not (given["file"] and given["kind"] and given["source"]):
            raise CommandError("Tell the FILE, its --kind and its --source (or --resume ID).")
        path = given["file"].resolve()
        if not path.is_file():
            raise CommandError(f"There is no file {given['file']}.")
        job = jobs.create(path, path.name, given["kind"], given["source"], form=_format(given))
        try:
            options = self._options(job, given)
            earlier = None if given["dry_run"] else jobs.begun_before(job, options)
            if earlier is not None:
                job.delete()
                self.stdout.write(f"This file was begun before: going on with import {earlier.pk}.")
                jobs.resume(earlier)
                return earlier
            return jobs.start(job.pk, options, dry_run=given["dry_run"])
        except (FileRefused, CommandError):
            job.delete()
            raise

    def _options(self, job: ImportJob, given: dict[str, Any]) -> Options:
        names = ("zone", "currency", "rate", "decimal", "refund_prefix", "proven")
        told = {name: given[name] for name in names if given[name] is not None}
        if given["dates"]:
            told["day_first"] = given["dates"] == "day-first"
        options = Options.load(job.options)
        if (given["sheet"] or given["header_row"]) and not options.sheet:
            raise CommandError("--sheet and --header-row are for workbooks (XLSX).")
        if given["mapping"]:
            told["mapping"] = options.mapping | _mapping(given["mapping"])
        options = options.but(**told)
        head = guessing.head(Path(job.path), options.format)
        if asked := guessing.questions(job.kind, head, options):
            flags = {"day_first": "--dates"}
            raise CommandError(
                " ".join(
                    f"{reasons.QUESTIONS[q.code]} ({flags.get(q.option, '--' + q.option)})" for q in asked
                )
            )
        return options

    def _run(self, job_id: int) -> None:
        """Work until the job is at an end; while another worker has it, wait for it."""
        told = False
        while True:
            running.run(job_id, timezone.now(), progress=self._progress)
            job = ImportJob.objects.get(pk=job_id)
            if job.state not in (ImportJob.State.QUEUED, ImportJob.State.RUNNING):
                return
            if not told:
                self.stdout.write(f"Another worker is at import {job_id}; waiting until it is done or gone.")
                told = True
            time.sleep(WAIT)

    def _progress(self, job: ImportJob) -> None:
        done = job.imported + job.rejected + job.unchanged
        self.stdout.write(
            f"{done:,} of {job.lines or 0:,} lines", ending="\r" if self.stdout.isatty() else "\n"
        )

    def _tell(self, job: ImportJob) -> None:
        if job.state == ImportJob.State.FAILED:
            raise CommandError(reasons.fault(job.fault["code"], job.fault["facts"]))
        verb = "Tried" if job.dry_run else "Import"
        done = job.imported + job.rejected + job.unchanged
        self.stdout.write(f"{verb} {job.pk} of {job.file_name}: {job.get_state_display()}.")
        self.stdout.write(
            f"{done:,} lines: {job.imported:,} imported, {job.unchanged:,} unchanged, {job.rejected:,} rejected."
        )
        for group, texts in (
            ("rejected", reasons.LINES),
            ("unchanged", reasons.UNCHANGED),
            ("notices", reasons.NOTICES),
        ):
            for text, count in reasons.words(job.counts.get(group, {}), texts):
                self.stdout.write(f"  {count:>10,}  {'rejected: ' if group == 'rejected' else ''}{text}")


def _format(given: dict[str, Any]) -> Format:
    """How the file is said to be divided; what is not said is detected."""
    return Format(
        given["encoding"] or "", given["delimiter"] or "", given["sheet"] or "", given["header_row"] or 0
    )


def _mapping(given: list[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for item in given:
        if item.lstrip().startswith("{"):
            mapping |= json.loads(item)
        elif "=" in item:
            name, column = item.split("=", 1)
            mapping[name] = column
        else:
            raise CommandError(f"--mapping {item}: write name=column or a JSON object.")
    return mapping
