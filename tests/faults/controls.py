"""Negative controls: tasks that take one guard out of a worker, so that the test beside it must fail; a wrong clock.

Only the settings of the fault tests import this.
"""

import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from celery import shared_task
from django.utils import timezone

from channels import tasks
from channels.arbiter import eligibility, facts
from channels.arbiter.rows import SEND, Row
from channels.delivery import batching, ledger, sweeping
from channels.models import Batch

_patches: list[Any] = []

if wrong := float(os.environ.get("FAULTS_CLOCK", "0")):
    right = timezone.now
    tasks.timezone = mock.Mock(now=lambda: right() + timedelta(seconds=wrong))  # type: ignore[attr-defined]


@shared_task(ignore_result=True)
def without(guard: str) -> None:
    """Take out the named guard; "" puts everything back."""
    while _patches:
        _patches.pop().stop()
    for target, name, value in GUARDS[guard]():
        patch = mock.patch.object(target, name, value)
        patch.start()
        _patches.append(patch)


Patches = list[tuple[Any, str, Any]]


def no_claim() -> Patches:
    """Who gets the message works on the batch, whoever else did, and on all of its rows."""
    planned = "d.state || '' = 'planned'"
    return [
        (batching, "claim", lambda batch_id: Batch.objects.get(pk=batch_id).fence),
        (batching, "renew", lambda batch_id, fence: True),
        (batching, "finish", lambda batch_id, fence: None),
        (batching, "ROWS", batching.ROWS.replace(planned, "true")),
        (facts, "DELIVERIES", facts.DELIVERIES.replace(planned, "true")),
        (facts, "taken", lambda rows: set()),
        (ledger, "CALLING", ledger.CALLING.replace(planned, "true")),
    ]


def no_doubt() -> Patches:
    """What was being called when a worker died is simply sent again."""
    return [
        (
            sweeping,
            "IN_DOUBT",
            sweeping.IN_DOUBT.replace("m.purpose = 'service' AND", "true OR"),
        )
    ]


def no_last_gate() -> Patches:
    """People are judged when they are planned, if at all, not in the transaction that enters `calling`."""

    def judge(rows: Sequence[Row], at: datetime, taken: Any) -> dict[int, Any]:
        return {row.id: SEND for row in rows}

    return [(eligibility, "judge", judge), (eligibility, "gate", lambda rows, at: {})]


def no_fence() -> Patches:
    """A worker that was away goes on with the batch that it thinks is its own."""
    return [
        (batching, "renew", lambda batch_id, fence: True),
        (facts, "DELIVERIES", facts.DELIVERIES.replace("d.state || '' = 'planned'", "true")),
        (facts, "taken", lambda rows: set()),
        (ledger, "CALLING", ledger.CALLING.replace("d.state || '' = 'planned'", "true")),
    ]


GUARDS: dict[str, Callable[[], Patches]] = {
    "": list,
    "claim": no_claim,
    "doubt": no_doubt,
    "last gate": no_last_gate,
    "fence": no_fence,
}
