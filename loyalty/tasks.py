"""Plain ticks, declared in config/celery.py. Each sweeps rows."""

from celery import shared_task
from django.utils import timezone

from loyalty import books, ledger
from loyalty.contests import entries, running
from loyalty.coupons import redemptions
from loyalty.sales import granting, told


@shared_task(ignore_result=True)
def expire_points() -> None:
    ledger.expire(timezone.now())


@shared_task(ignore_result=True)
def check_books() -> None:
    books.record(None, timezone.now())


@shared_task(ignore_result=True)
def sweep_reservations() -> None:
    """Coupons that were reserved for orders which nobody paid."""
    while redemptions.sweep(timezone.now()):
        pass


@shared_task(ignore_result=True)
def sweep_contests() -> None:
    """Entries of what has happened, and contests whose last day is over."""
    at = timezone.now()
    while entries.sweep(at):
        pass
    running.close(at)


@shared_task(ignore_result=True)
def grant_access() -> None:
    """Access of the waves that are due, and events of what customers did in sales."""
    granting.run(timezone.now())
    while told.sweep(timezone.now()):
        pass
