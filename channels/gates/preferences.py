"""Does she pause, or has she had as much as she wants?"""

from collections.abc import Sequence
from datetime import datetime

from channels import pacing
from channels.arbiter.registry import Gate, gates
from channels.arbiter.rows import Row, Verdicts, wait
from channels.models import Message


@gates.register
class Pause(Gate):
    """Marketing waits until her pause is over, or until it expires before that."""

    key = "customer_pause"
    position = 900

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        asked = [row for row in rows if row.purpose == Message.Purpose.MARKETING]
        until = pacing.pauses({row.customer_id for row in asked}, at)
        return {
            row.id: wait("customer_pause", until[row.customer_id])
            for row in asked
            if row.customer_id in until
        }


@gates.register
class Rarely(Gate):
    """Who wants marketing at most weekly or monthly waits so long from the last one, on all channels together. Slices
    decide while they hold her Reach rows, so that two of them never write to her in one week."""

    key = "customer_frequency"
    position = 910

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        asked = [row for row in rows if row.purpose == Message.Purpose.MARKETING]
        gaps = pacing.caps({row.customer_id for row in asked})
        free = {pk: last + gaps[pk] for pk, last in pacing.last_written(gaps, at).items()}
        verdicts: Verdicts = {}
        for row in sorted(asked, key=lambda row: (row.priority, row.id)):
            if (until := free.get(row.customer_id)) is not None and until > at:
                verdicts[row.id] = wait("customer_frequency", until)
            elif row.customer_id in gaps:
                free[row.customer_id] = (
                    at + gaps[row.customer_id]
                )  # of several at once the most important goes
        return verdicts
