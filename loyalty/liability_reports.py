"""The figures of open points for readers: those of a small ledger are counted for each of them, those of a large one
by a worker, each night and on demand, and kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any

from django.db import transaction

from config.pages import paging
from loyalty import liability
from loyalty.liability import Cohort, Ending, Flow, Open
from loyalty.models import Entry, PointsReport, Program

QUICK = 1.0  # seconds that a reader waits
FEW = 100_000  # bookings of a programme that can be counted in that time
PATIENCE = timedelta(minutes=15)  # then it may be asked for again


@dataclass(frozen=True)
class Report:
    """`awaited`: newer figures are being counted. `live`: these are of now."""

    counted_at: datetime
    open: Open
    flows: list[Flow]
    cohorts: list[Cohort]
    endings: list[Ending]
    live: bool = True
    awaited: bool = False


def for_reader(program: Program, at: datetime) -> Report | None:
    """Counted now where that is quick, else as kept. None: a worker has to count first."""
    kept = PointsReport.objects.filter(program=program).first()
    if _is_quick(program, kept):
        began = monotonic()
        report = _count(program, at)
        if (seconds := monotonic() - began) > QUICK:  # it has grown: from now on a worker does it
            _keep(program, report, seconds)
        return report
    return _read(kept, at) if kept and kept.counted_at else None


@transaction.atomic
def ask(program: Program, at: datetime) -> bool:
    """Have newer figures wanted; whether a worker is to be told, since none is waited for or counted already."""
    PointsReport.objects.get_or_create(program=program)
    kept = _held(program)
    if kept is None or (kept.asked_at and kept.asked_at > at - PATIENCE):
        return False
    return bool(PointsReport.objects.filter(pk=kept.pk).update(asked_at=at))


def told_nobody(program: Program) -> None:
    """The worker could not be told, so nobody is to wait."""
    PointsReport.objects.filter(program=program).update(asked_at=None)


@transaction.atomic
def recount(program: Program, at: datetime) -> bool:
    """Count and keep; False, and nothing done, while somebody else is at it."""
    PointsReport.objects.get_or_create(program=program)
    if _held(program) is None:
        return False
    began = monotonic()
    _keep(program, _count(program, at), monotonic() - began)
    return True


def _held(program: Program) -> PointsReport | None:
    """Its row under its lock, which whoever counts has for all the while: then None, and nobody waits."""
    return PointsReport.objects.select_for_update(skip_locked=True).filter(program=program).first()


def is_kept(program: Program) -> bool:
    return PointsReport.objects.filter(program=program).exists()


def large() -> list[Program]:
    """The programmes whose figures are kept."""
    return list(Program.objects.filter(report__isnull=False))


def _is_quick(program: Program, kept: PointsReport | None) -> bool:
    if kept is not None:
        return bool(kept.counted_at) and kept.seconds <= QUICK
    return paging.estimate(Entry.objects.filter(program=program)) <= FEW


def _count(program: Program, at: datetime) -> Report:
    return Report(
        at,
        liability.open_now(program, at),
        liability.flows(program, at),
        liability.cohorts(program, at),
        liability.endings(program, at),
    )


def _keep(program: Program, report: Report, seconds: float) -> None:
    rows: dict[str, Sequence[tuple[Any, ...]]] = {
        "flows": report.flows,
        "cohorts": report.cohorts,
        "endings": report.endings,
    }
    figures = {name: [[f"{row[0]:%Y-%m-%d}", *row[1:]] for row in part] for name, part in rows.items()}
    state = {"figures": figures | {"open": report.open}, "seconds": seconds, "counted_at": report.counted_at}
    PointsReport.objects.update_or_create(program=program, defaults=state | {"asked_at": None})


def _read(kept: PointsReport, at: datetime) -> Report:
    def rows(name: str, made: Any) -> list[Any]:
        return [made(date.fromisoformat(month), *numbers) for month, *numbers in kept.figures[name]]

    return Report(
        kept.counted_at or at,
        Open(*kept.figures["open"]),
        rows("flows", Flow),
        rows("cohorts", Cohort),
        rows("endings", Ending),
        live=False,
        awaited=bool(kept.asked_at and kept.asked_at > at - PATIENCE),
    )
