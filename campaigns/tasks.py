"""The ticks of campaigns. They carry nothing: each sweeps the rows that are there."""

import logging

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from campaigns import attribution, running

log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def run_campaigns() -> None:
    running.tick(timezone.now())


@shared_task(ignore_result=True)
def attribute_orders() -> None:
    while attribution.sweep():
        pass


def wake() -> None:
    """Let a worker look at once. Without a broker the next tick does it."""
    try:
        run_campaigns.apply_async(retry=False, expires=60)
    except OperationalError:
        log.warning("The broker is away; the next tick starts what is due")
