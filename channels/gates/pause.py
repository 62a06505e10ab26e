"""Does she pause?"""

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
