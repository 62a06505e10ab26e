"""Plain ticks, declared in config/celery.py. Each sweeps rows."""

from celery import shared_task
from django.utils import timezone

from customers.models import User
from loyalty import birthdays, books, ledger, liability_reports, tier_benefits, tiers
from loyalty.contests import entries, running
from loyalty.coupon_messages import life
from loyalty.coupons import batches, leasing, redemptions
from loyalty.models import Program
from loyalty.referrals import brought, rewarding
from loyalty.sales import granting, told
from loyalty.till import daily, goodwill, lookups

PARTS_A_TASK = 5  # half a million codes: then other work gets its turn


@shared_task(ignore_result=True)
def expire_points() -> None:
    ledger.expire(timezone.now())


@shared_task(ignore_result=True)
def give_birthday_points() -> None:
    birthdays.give(timezone.now())


@shared_task(ignore_result=True)
def check_books(user_id: int | None = None) -> None:
    """`user_id`: who asked for it, None for the nightly one."""
    books.record_once(User.objects.get(pk=user_id) if user_id else None, timezone.now())


@shared_task(ignore_result=True)
def count_open_points(program_id: int | None = None) -> None:
    """Of one programme, or each night of all whose ledger is large."""
    programs = liability_reports.large() if program_id is None else Program.objects.filter(pk=program_id)
    for program in programs:
        liability_reports.recount(program, timezone.now())


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
    """Coupons that were reserved for orders which nobody paid, and what tills did not use of their leases."""
    while redemptions.sweep(timezone.now()):
        pass
    while leasing.sweep(timezone.now()):
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


@shared_task(ignore_result=True)
def reward_referrals() -> None:
    """Links that were brought along, referrals whose return window has ended, and those whose order came back."""
    at = timezone.now()
    brought.sweep(at)
    while rewarding.sweep(at):
        pass


@shared_task(ignore_result=True)
def release_goodwill() -> None:
    """Goodwill that nobody used in time goes back to the allowance; old look-ups and counts are forgotten."""
    at = timezone.now()
    while goodwill.release(at):
        pass
    lookups.forget(at)
    daily.forget(at)


@shared_task(ignore_result=True)
def sweep_tiers() -> None:
    """Accounts whose bookings were made; then the codes that are due."""
    tiers.sweep(timezone.now())
    tier_benefits.hand_out(timezone.now())


@shared_task(ignore_result=True)
def end_tiers() -> None:
    """Periods that have ended, and falls that are near."""
    tiers.end_periods(timezone.now())
    tiers.announce(timezone.now())


@shared_task(ignore_result=True)
def sweep_delivery_codes() -> None:
    """Codes of messages that went to nobody, and people who wait for a code."""
    life.sweep(timezone.now())
