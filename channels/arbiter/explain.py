"""Why a delivery would, or would not, be sent now: every gate's answer, not only the first."""

from datetime import datetime
from typing import NamedTuple

from channels.arbiter import choice, facts, registry
from channels.arbiter.rows import SEND, Verdict


class Answer(NamedTuple):
    gate: str
    verdict: Verdict


def explain(delivery_id: int, at: datetime) -> list[Answer]:
    """One answer per gate in their order; empty when the delivery is not waiting any more."""
    rows = facts.load([delivery_id])
    if not rows:
        return []
    answers = [Answer(gate.key, gate.gate(rows, at).get(delivery_id, SEND)) for gate in registry.ordered()]
    same = choice.one_per_address(rows, facts.taken(rows))
    answers.append(Answer("same_address", same.get(delivery_id, SEND)))
    answers.append(Answer("holdout", choice.held_out(rows).get(delivery_id, SEND)))
    return answers
