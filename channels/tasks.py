"""Wake-ups. The rows are the queue: a lost task costs a minute, a repeated one nothing."""

import gc
import logging
from collections.abc import Iterable

from celery import shared_task
from celery.signals import worker_process_init, worker_shutting_down
from django.utils import timezone
from kombu.exceptions import OperationalError

from channels import arming, backends
from channels.delivery import batching, complaints, fallback, sending, stopping, sweeping
from channels.social import posting

log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def pack_deliveries() -> None:
    """Every few seconds: due rows become batches, and workers hear of them."""
    if arming.armed():
        _offer(batching.pack(timezone.now()))


@shared_task(ignore_result=True)
def sweep_deliveries() -> None:
    """Each minute: mend what crashes left behind, and tell the workers again of what nobody took."""
    at = timezone.now()
    sweeping.sweep(at)
    _offer(batching.unclaimed(at))


@shared_task(ignore_result=True)
def count_complaints() -> None:
    """Every five minutes: who is reported as spam too often stops before mailboxes turn everything away."""
    complaints.tick(timezone.now())


@shared_task(ignore_result=True)
def fall_back() -> None:
    """Every ten minutes: what stayed unread for too long goes out on the next channel."""
    fallback.unread(timezone.now())


@shared_task(ignore_result=True)
def post_socially() -> None:
    """Each minute: posts that are due go to their networks, and doubtful ones are looked for there."""
    if arming.armed():
        posting.tick(timezone.now)


@shared_task(ignore_result=True)
def send_batch(batch_id: int) -> None:
    with stopping.working():
        fence = batching.claim(batch_id) if arming.armed() else None
        if fence is not None:
            sending.run(batch_id, fence, timezone.now)


def wake_posting() -> None:
    """Soon instead of within a minute; without a broker the tick does it."""
    try:
        post_socially.apply_async(retry=False)
    except OperationalError:
        log.warning("The broker is away; the next tick posts")


def _offer(batches: Iterable[batching.Packed]) -> None:
    for batch in batches:
        try:
            send_batch.apply_async((batch.batch_id,), priority=batch.priority, retry=False)
        except OperationalError:
            log.warning("The broker is away; the next sweep offers the batches again")
            return


@worker_shutting_down.connect
def stop_between_slices(**_: object) -> None:
    stopping.request()


@worker_process_init.connect
def start_afresh(**_: object) -> None:
    """A pool process must not share its parent's connections with providers. What a batch makes is gone with it and
    has no cycles: looking for them every 700 objects would cost a fiftieth of the time."""
    backends.close_all()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
