"""Why a delivery would, or would not, be sent now: every gate's answer, not only the first."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from channels.arbiter import choice, facts, registry
from channels.arbiter.rows import SEND, Row, Verdict


class Answer(NamedTuple):
    gate: str
    verdict: Verdict


def explain(delivery_id: int, at: datetime) -> list[Answer]:
    """One answer per gate in their order; empty when the delivery is not waiting any more."""
    return answers(facts.load([delivery_id]), at)


def answers(rows: Sequence[Row], at: datetime) -> list[Answer]:
    """What every gate says to one row, or to none."""
    if not rows:
        return []
    [row] = rows
    said = [Answer(gate.key, gate.gate(rows, at).get(row.id, SEND)) for gate in registry.ordered()]
    same = choice.one_per_address(rows, facts.taken(rows))
    said.append(Answer("same_address", same.get(row.id, SEND)))
    said.append(Answer("holdout", choice.held_out(rows).get(row.id, SEND)))
    return said
