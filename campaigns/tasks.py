"""The ticks of campaigns, which carry nothing: each sweeps the rows that are there. And the dry run of many."""

import logging
from contextlib import suppress

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from campaigns import attribution, dry_run_reports, running

log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def run_campaigns() -> None:
    running.tick(timezone.now())


@shared_task(ignore_result=True)
def attribute_orders() -> None:
    while attribution.sweep():
        pass


@shared_task(ignore_result=True)
def dry_run(campaign_id: int, digest: str) -> None:
    """Of the campaign as `digest` has it; ends quietly when that has changed, or somebody else is at it."""
    with suppress(dry_run_reports.Superseded):
        dry_run_reports.make(campaign_id, digest)


def begin_dry_run(campaign_id: int, digest: str) -> bool:
    """Have a worker make it; False without a broker."""
    try:
        dry_run.apply_async((campaign_id, digest), retry=False, expires=dry_run_reports.BUSY.seconds)
    except OperationalError:
        log.warning("The broker is away; the reader waits for the dry run")
        return False
    return True


def wake() -> None:
    """Let a worker look at once. Without a broker the next tick does it."""
    try:
        run_campaigns.apply_async(retry=False, expires=60)
    except OperationalError:
        log.warning("The broker is away; the next tick starts what is due")
