"""Gates: each app's reasons not to send, found by folder name (`<app>/gates/<name>.py`)."""

from collections.abc import Sequence
from datetime import datetime

from channels.arbiter.rows import Row, Verdicts
from config.registry import Registry

WAITING = 900


class Gate:
    """Judges many rows in a fixed number of queries.

    `gate` returns a verdict for those rows only that must not be sent now; rows that an earlier gate has
    stopped are not asked about. `position` is the order: final answers below 100, the truth checks of upper
    apps between 100 and 900, waiting from 900 on. Sending asks inside the transaction that enters `calling`.
    """

    key: str
    position: int

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        raise NotImplementedError


gates: Registry[Gate] = Registry("gates")


def ordered() -> list[Gate]:
    return sorted(gates, key=lambda gate: (gate.position, gate.key))
