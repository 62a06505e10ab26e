"""Wake-ups. The rows are the queue: a lost task costs half a minute, a repeated one nothing."""

import time
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from customers import carts, erasure_journal, event_months, fixed_lists, retention
from customers.forecasts import running as forecasts
from customers.hooks import delivering
from customers.imports import jobs, running
from customers.recommendations import running as recommendations
from customers.segments import membership
from customers.segments.membership import keeping
from customers.tracking import inbox

# A few minutes at most: well below the broker's patience, and other work gets its turn.
CHUNKS_A_TASK = 100
SWEEP_SECONDS = 20


@shared_task(ignore_result=True)
def run_import(job_id: int) -> None:
    """Work on an import, and hand the rest on."""
    if running.run(job_id, timezone.now(), most_chunks=CHUNKS_A_TASK):
        run_import.delay(job_id)


@shared_task(ignore_result=True)
def offer_imports() -> None:
    """Tell the workers of imports that nobody is at."""
    for job_id in jobs.waiting():
        run_import.delay(job_id)


@shared_task(ignore_result=True)
def forget_import_files() -> None:
    before = timezone.now() - timedelta(days=settings.IMPORT_KEEP_DAYS)
    jobs.forget_files(before)
    fixed_lists.forget_rejects(before)


@shared_task(ignore_result=True)
def sweep_inbox() -> None:
    """Turn what the API took into facts, until nothing waits or other work is due its turn."""
    until = time.monotonic() + SWEEP_SECONDS
    while time.monotonic() < until and inbox.sweep(timezone.now()):
        pass


@shared_task(ignore_result=True)
def leave_carts() -> None:
    carts.leave(timezone.now())


@shared_task(ignore_result=True)
def keep_events() -> None:
    """Have the next months ready, and forget what has been kept long enough."""
    event_months.prepare(timezone.now())
    event_months.forget(timezone.now())


@shared_task(ignore_result=True)
def keep_segments() -> None:
    """Every few seconds, and when a segment was saved: bring the members of all segments up to date."""
    keeping.tick(timezone.now)


@shared_task(ignore_result=True)
def forecast() -> None:
    """Every hour: work the forecasts out, if it is their night or the shop is small."""
    forecasts.run_if_due(timezone.now())


@shared_task(ignore_result=True)
def learn_recommendations() -> None:
    """Every hour: learn what goes with what, if it is the night for it or the shop is small."""
    recommendations.run_if_due(timezone.now())


@shared_task(ignore_result=True)
def forget_segment_changes() -> None:
    membership.forget_changes(timezone.now() - timedelta(days=settings.SEGMENT_CHANGES_KEEP_DAYS))


@shared_task(ignore_result=True)
def keep_no_longer() -> None:
    retention.apply(timezone.now())
    if journal := erasure_journal.path():
        erasure_journal.complete(journal)


@shared_task(ignore_result=True)
def deliver_hooks() -> None:
    """Every two seconds: tell the shop's systems what has happened."""
    delivering.sweep(timezone.now)
