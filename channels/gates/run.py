"""Was the message cancelled, is it too late, does it pause?"""

from collections.abc import Sequence
from datetime import datetime

from channels.arbiter.registry import Gate, gates
from channels.arbiter.rows import Act, Row, Verdict, Verdicts, wait


@gates.register
class Cancelled(Gate):
    key = "cancelled"
    position = 10

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        return {row.id: Verdict(Act.CANCEL, "cancelled") for row in rows if row.cancelled}


@gates.register
class Expired(Gate):
    key = "expired"
    position = 20

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        return {
            row.id: Verdict(Act.EXPIRE, "late")
            for row in rows
            if row.expires_at is not None and row.expires_at <= at
        }


@gates.register
class Paused(Gate):
    """Behind all final answers, so that those stand whatever the pause; waits until somebody resumes."""

    key = "paused"
    position = 900

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        return {row.id: wait("paused") for row in rows if row.paused}
