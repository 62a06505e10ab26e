"""What a job has to show: how far it is, and what came of it."""

from pathlib import Path
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import formats
from config.pages.parts import Bar, Figure, Progress
from customers.imports import reading, reasons
from customers.imports.faults import FileRefused
from customers.imports.options import Options
from customers.models import ImportJob

State = ImportJob.State
OVER = (State.DONE, State.FAILED, State.CANCELLED)
SHOWN = 10


def is_over(job: ImportJob) -> bool:
    return job.state in OVER


def state(job: ImportJob) -> str:
    """The state in words; a dry run says that it is one."""
    word = str(job.get_state_display())
    return _("dry run: %(state)s") % {"state": word} if job.dry_run else word


def progress(job: ImportJob) -> Progress:
    done = job.imported + job.rejected + job.unchanged
    label = _("Trying out") if job.dry_run else _("Importing")
    if job.lines is None:
        label = _("Checking the file")
    return Progress(
        label=label,
        done=done,
        total=job.lines,
        url=reverse("import_progress", args=[job.pk]),
        finished=is_over(job),
        then=reverse("import_job", args=[job.pk]),
        counts=[
            (_("imported"), job.imported),
            (_("unchanged"), job.unchanged),
            (_("rejected"), job.rejected),
        ],
    )


def context(job: ImportJob) -> dict[str, Any]:
    """Everything that the result's page shows."""
    rejected = reasons.words(job.counts.get("rejected", {}), reasons.LINES)
    unchanged = reasons.words(job.counts.get("unchanged", {}), reasons.UNCHANGED)
    return {
        "job": job,
        "title": job.file_name,
        "state": state(job),
        "tone": {State.DONE: "good", State.FAILED: "bad"}.get(State(job.state), "calm"),
        "mixed": mixed(job),
        "fault": reasons.fault(job.fault["code"], job.fault["facts"]) if job.fault else "",
        "answer": answer(job),
        "consent": consent(job),
        "figures": figures(job),
        "shares": shares(job),
        "rejected": [Bar(label, count, formats.number(count)) for label, count in rejected],
        "unchanged": unchanged,
        "notices": reasons.words(job.counts.get("notices", {}), reasons.NOTICES),
        "open": job.rejections.filter(resolved_by=None).count(),
        "examples": examples(job),
    }


def mixed(job: ImportJob) -> str:
    """That its file mixes encodings, and how it is read; "" where it does not, or is no longer kept."""
    try:
        reading.detect_encoding(reading.sample(Path(job.path)))
    except FileRefused as error:
        if error.code != "mixed":
            return ""
        encoding = reading.ENCODINGS[Options.load(job.options).encoding]
        read = _("It is read as %(encoding)s; the names show whether that fits.") % {"encoding": encoding}
        return f"{reasons.fault(error.code, error.facts)} {read}"
    return ""


def consent(job: ImportJob) -> str:
    """What the import does with the consent that its file states, and what to do about that."""
    counts = job.counts.get("notices", {})
    if counts.get("permissions_granted"):
        granted = counts["permissions_granted"]
        words = ngettext(
            "%(count)s consent with its proof, as of the day it was given: this person is written to, unless a newer "
            "opt-out or a block says no.",
            "%(count)s consents with their proof, as of the day they were given: these people are written to, unless "
            "a newer opt-out or a block says no.",
            granted,
        )
        return words % {"count": formats.number(granted)}
    if ignored := counts.get("permissions_grant_ignored"):
        words = ngettext(
            "%(count)s person is said to have agreed, without proof: she is not written to. Ask her to sign up again, "
            "with confirmation by e-mail, or import the list with its proofs.",
            "%(count)s people are said to have agreed, without proof: they are not written to. Ask them to sign up "
            "again, with confirmation by e-mail, or import the list with its proofs.",
            ignored,
        )
        return words % {"count": formats.number(ignored)}
    return ""


def examples(job: ImportJob) -> list[dict[str, Any]]:
    """The first refused lines that are still open."""
    found = job.rejections.filter(resolved_by=None).order_by("line")[:SHOWN]
    return [
        {"line": r.line, "column": r.column, "words": reasons.LINES.get(r.reason, r.reason), "value": r.value}
        for r in found
    ]


def answer(job: ImportJob) -> str:
    """The result in a sentence."""
    done = job.imported + job.rejected + job.unchanged
    facts = {
        "done": formats.number(done),
        "imported": formats.number(job.imported),
        "unchanged": formats.number(job.unchanged),
        "rejected": formats.number(job.rejected),
    }
    if job.dry_run:
        return _("Of %(done)s lines, %(imported)s would be imported, %(rejected)s refused.") % facts
    if not job.imported and not job.rejected and done:
        return _("Everything in this file was known: nothing changed.")
    return (
        _(
            "Of %(done)s lines, %(imported)s were imported, %(unchanged)s changed nothing, %(rejected)s were refused."
        )
        % facts
    )


def figures(job: ImportJob) -> list[Figure]:
    imported = _("Would be imported") if job.dry_run else _("Imported")
    counts = [(imported, job.imported), (_("Unchanged"), job.unchanged), (_("Rejected"), job.rejected)]
    return [Figure(label, formats.number(count)) for label, count in counts]


def shares(job: ImportJob) -> list[Bar]:
    """The outcome of all lines, as shares."""
    done = job.imported + job.rejected + job.unchanged
    if not done:
        return []
    imported = _("would be imported") if job.dry_run else _("imported")
    counts = [(imported, job.imported), (_("unchanged"), job.unchanged), (_("rejected"), job.rejected)]
    return [
        Bar(label, count / done * 100, f"{formats.number(count)} ({formats.percent(count / done)})")
        for label, count in counts
    ]
