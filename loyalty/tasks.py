"""Plain ticks, declared in config/celery.py. Each sweeps rows."""

from celery import shared_task
from django.utils import timezone

from loyalty import books, ledger
from loyalty.coupons import batches, redemptions

PARTS_A_TASK = 5  # half a million codes: then other work gets its turn


@shared_task(ignore_result=True)
def expire_points() -> None:
    ledger.expire(timezone.now())


@shared_task(ignore_result=True)
def check_books() -> None:
    books.record(None, timezone.now())


@shared_task(ignore_result=True)
def make_codes(batch_id: int) -> None:
    """Make codes of a batch, and hand the rest on."""
    if batches.make_some(batch_id, timezone.now(), PARTS_A_TASK):
        make_codes.delay(batch_id)


@shared_task(ignore_result=True)
def offer_batches() -> None:
    """Tell the workers of batches that nobody is at."""
    for batch_id in batches.waiting():
        make_codes.delay(batch_id)


@shared_task(ignore_result=True)
def sweep_reservations() -> None:
    """Coupons that were reserved for orders which nobody paid."""
    while redemptions.sweep(timezone.now()):
        pass
