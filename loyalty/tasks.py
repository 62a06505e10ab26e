"""Plain ticks, declared in config/celery.py. Each sweeps rows."""

from celery import shared_task
from django.utils import timezone

from loyalty import birthdays, books, ledger
from loyalty.coupons import redemptions


@shared_task(ignore_result=True)
def expire_points() -> None:
    ledger.expire(timezone.now())


@shared_task(ignore_result=True)
def give_birthday_points() -> None:
    birthdays.give(timezone.now())


@shared_task(ignore_result=True)
def check_books() -> None:
    books.record(None, timezone.now())


@shared_task(ignore_result=True)
def sweep_reservations() -> None:
    """Coupons that were reserved for orders which nobody paid."""
    while redemptions.sweep(timezone.now()):
        pass
