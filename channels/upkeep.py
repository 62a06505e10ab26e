"""What consent needs done now and then: plain ticks, declared in config/celery.py. Each sweeps rows."""

from celery import shared_task
from django.utils import timezone

from channels import arming, data_requests, forgeries, habits, opt_in, opt_in_mails, suppression, webhooks
from channels.domains import health
from channels.push import keys
from channels.returned import mailbox


@shared_task
def mail_opt_ins() -> None:
    if arming.armed():
        opt_in_mails.mail_waiting(timezone.now())


@shared_task
def mail_data_requests() -> None:
    if arming.armed():
        data_requests.mail_waiting(timezone.now())


@shared_task
def hear_reports_again() -> None:
    """What providers told too early, or what could not be read."""
    webhooks.sweep(timezone.now())


@shared_task
def read_bounces() -> None:
    """What came to the mailboxes of bounces and complaints since the last minute."""
    mailbox.read_all(timezone.now())


@shared_task
def forget_opt_ins() -> None:
    opt_in.forget(timezone.now())
    forgeries.forget(timezone.now())


@shared_task
def refresh_address_keys() -> None:
    suppression.refresh_keys(None, suppression.in_use())


@shared_task
def check_domains() -> None:
    health.check_all(timezone.now())


@shared_task
def destroy_push_keys() -> None:
    """What no browser holds any more cannot be stolen."""
    keys.destroy_unused(timezone.now())


@shared_task
def learn_habits() -> None:
    habits.learn(timezone.now())
