"""Is it a good time where she lives? Else she waits until it is."""

from collections.abc import Sequence
from datetime import datetime

from channels.arbiter import openings, policy
from channels.arbiter.registry import Gate, gates
from channels.arbiter.rows import Row, Verdicts, wait


@gates.register
class Hours(Gate):
    """Quiet hours, allowed days and public holidays, by her own clock and country."""

    key = "hours"
    position = 910

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        asked = [row for row in rows if not row.any_time]
        if not asked:
            return {}
        when = openings.Openings(policy.load())
        found = ((row, when.of(row.whereabouts, at)) for row in asked)
        return {row.id: wait(opening.reason, opening.at) for row, opening in found if opening.reason}
