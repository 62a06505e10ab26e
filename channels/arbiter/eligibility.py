"""All gates in order, then one person per address, then the holdout."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from channels.arbiter import choice, registry
from channels.arbiter.registry import Gate
from channels.arbiter.rows import SEND, Act, Row, Verdicts


def gate(rows: Sequence[Row], at: datetime) -> Verdicts:
    """The first gate's verdict for each row that may not be sent now; a row without one has passed."""
    return _ask(registry.ordered(), rows, at)


def final(rows: Sequence[Row], at: datetime) -> Verdicts:
    """As `gate`, of those only who will not be sent to later either."""
    return _ask([each for each in registry.ordered() if each.position < registry.WAITING], rows, at)


def _ask(gates: Iterable[Gate], rows: Sequence[Row], at: datetime) -> Verdicts:
    verdicts: Verdicts = {}
    for each in gates:
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
    verdicts |= _last(_rest(rows, verdicts), taken)
    return verdicts | {row.id: SEND for row in _rest(rows, verdicts)}


def foresee(rows: Sequence[Row], at: datetime, taken: set[choice.Place]) -> Verdicts:
    """As `judge`, but of those who have to wait it tells already who will not get it in the end."""
    verdicts = gate(rows, at)
    waiting = {row_id for row_id, verdict in verdicts.items() if verdict.act is Act.WAIT}
    verdicts |= _last([row for row in rows if row.id not in verdicts or row.id in waiting], taken)
    return verdicts | {row.id: SEND for row in _rest(rows, verdicts)}


def never(rows: Sequence[Row], at: datetime, taken: set[choice.Place]) -> Verdicts:
    """Those who will not get it in the end, however long they wait: `final`, the addresses, the holdout."""
    verdicts = final(rows, at)
    return verdicts | _last(_rest(rows, verdicts), taken)


def _last(rows: Sequence[Row], taken: set[choice.Place]) -> Verdicts:
    verdicts = choice.one_per_address(rows, taken)
    return verdicts | choice.held_out(_rest(rows, verdicts))


def _rest(rows: Sequence[Row], verdicts: Verdicts) -> list[Row]:
    return [row for row in rows if row.id not in verdicts]
