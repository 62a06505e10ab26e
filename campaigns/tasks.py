"""The ticks of campaigns. They carry nothing: each sweeps the rows that are there."""

from celery import shared_task
from django.utils import timezone

from campaigns import attribution, running


@shared_task
def run_campaigns() -> None:
    running.tick(timezone.now())


@shared_task
def attribute_orders() -> None:
    while attribution.sweep():
        pass
