"""From a gate's verdict or a provider's outcome to what becomes of the row: pure functions."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from channels.arbiter.rows import Act, Row, Verdict, Verdicts
from channels.backends.base import Kind, Outcome, Outcomes
from channels.delivery import pace
from channels.delivery.ledger import Change
from channels.models import Delivery, Message

State = Delivery.State
# So many broken calls, or refusals of ours, are tried; then the row is parked as refused, where people see it.
MOST_TRIES = 8
ENDS = {
    Act.WITHHOLD: State.WITHHELD,
    Act.EXPIRE: State.EXPIRED,
    Act.CANCEL: State.CANCELLED,
    Act.WAIT: State.PLANNED,
}


def stopped(verdicts: Verdicts) -> list[Change]:
    return [_stopped(row_id, verdict) for row_id, verdict in verdicts.items() if verdict.act is not Act.SEND]


def _stopped(row_id: int, verdict: Verdict) -> Change:
    return Change(row_id, str(ENDS[verdict.act]), verdict.reason, due_at=verdict.until)


def answered(rows: Iterable[Row], outcomes: Outcomes, at: datetime) -> list[Change]:
    """One change for each called row. A call without an outcome may have reached the provider."""
    missing = Outcome(Kind.UNKNOWN, detail="the provider's answer is missing")
    some_went = any(outcome.kind is Kind.ACCEPTED for outcome in outcomes.values())
    return [_answered(row, outcomes.get(row.id, missing), at, some_went) for row in rows]


def _answered(row: Row, outcome: Outcome, at: datetime, some_went: bool) -> Change:
    match outcome.kind:
        case Kind.ACCEPTED:
            return Change(row.id, str(State.ACCEPTED), "", outcome.provider_id, outcome.detail)
        case Kind.ADDRESS:
            return _ended(row, State.REFUSED, "address", outcome)
        case Kind.UNSENT:
            return Change(row.id, str(State.PLANNED))
        case Kind.UNKNOWN if row.purpose == Message.Purpose.MARKETING:
            return _ended(row, State.UNKNOWN, "no_answer", outcome)
        case Kind.US if some_went or row.tries + 1 >= MOST_TRIES:
            # Others went at the same moment, so it is this one mail that the provider does not want.
            return _ended(row, State.REFUSED, "content", outcome)
        case Kind.US:
            return Change(row.id, str(State.PLANNED), "paused", detail=outcome.detail, tried=1)
    return _again(row, outcome, at)


def _again(row: Row, outcome: Outcome, at: datetime) -> Change:
    """The line failed, or a service message got no answer."""
    if row.tries + 1 >= MOST_TRIES:
        return _ended(row, State.REFUSED, "line", outcome)
    wait = pace.back_off(row.tries)
    if outcome.retry_after is not None:
        wait = timedelta(seconds=outcome.retry_after)
    return Change(row.id, str(State.PLANNED), "line", detail=outcome.detail, due_at=at + wait, tried=1)


def _ended(row: Row, state: Delivery.State, reason: str, outcome: Outcome) -> Change:
    return Change(row.id, str(state), reason, outcome.provider_id, outcome.detail, tried=1)
