"""All gates in order, then one person per address, then the holdout."""

from collections.abc import Sequence
from datetime import datetime

from channels.arbiter import choice, registry
from channels.arbiter.rows import SEND, Row, Verdicts


def gate(rows: Sequence[Row], at: datetime) -> Verdicts:
    """The first gate's verdict for each row that may not be sent now; a row without one has passed."""
    verdicts: Verdicts = {}
    for each in registry.ordered():
        if not rows:
            break
        stopped = each.gate(rows, at)
        if stopped:
            verdicts |= stopped
            rows = _rest(rows, stopped)
    return verdicts


def judge(rows: Sequence[Row], at: datetime, taken: set[choice.Place]) -> Verdicts:
    """A verdict for every row. `taken`: the addresses that this run has already written to.

    The holdout comes last, so that the controls are those who would have been written to.
    """
    verdicts = gate(rows, at)
    verdicts |= choice.one_per_address(_rest(rows, verdicts), taken)
    verdicts |= choice.held_out(_rest(rows, verdicts))
    return verdicts | {row.id: SEND for row in _rest(rows, verdicts)}


def _rest(rows: Sequence[Row], verdicts: Verdicts) -> list[Row]:
    return [row for row in rows if row.id not in verdicts]
