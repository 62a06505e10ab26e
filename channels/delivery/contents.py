"""Rendering for a batch, and the guard against a template that fails for everybody."""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, Protocol

from django.db import DatabaseError
from django.utils.translation import gettext as _

from channels import consent
from channels.arbiter import eligibility, facts
from channels.delivery import pausing, verdicts
from channels.delivery.batching import Planned
from channels.delivery.ledger import Change
from channels.messages import rendering
from channels.messages.rendering import Fill, Rendered, RenderFault
from channels.models import Delivery

log = logging.getLogger(__name__)

# So many are tried first; a message is paused when so many, and such a share, of those rendered are faulty.
PROBE = 20
SHARE = 0.05


class Prepared(NamedTuple):
    """`mails` by delivery id; `tracked`: those whose links name them; `ended`: what becomes of the rows without one."""

    mails: dict[int, Rendered]
    tracked: set[int]
    ended: list[Change]


def prepare(rows: Sequence[Planned], at: datetime) -> Prepared:
    """Render these rows. Of a message that is found to fail, the rest is left out and stays planned."""
    tracked = may_track(rows)
    prepared = Prepared({}, tracked, [])
    by_message = attrgetter("message_id")
    marked = [row._replace(tracked=row.id in tracked) for row in rows]
    for message_id, same in groupby(sorted(marked, key=by_message), by_message):
        _message(message_id, list(same), prepared, at)
    return prepared


def _message(message_id: int, rows: list[Planned], prepared: Prepared, at: datetime) -> None:
    faults: list[Change] = []
    fills = _ready(rows, at)
    for part, tried in ((rows[:PROBE], min(PROBE, len(rows))), (rows[PROBE:], len(rows))):
        faults += _part({row.id: fills[row.id] for row in part}, prepared, at)
        if len(faults) >= PROBE and len(faults) >= SHARE * tried:
            pausing.pause(message_id, at, _("The content is faulty for too many: %s") % faults[0].detail)
            break
    prepared.ended.extend(faults)


def _part(fills: dict[int, Fill], prepared: Prepared, at: datetime) -> list[Change]:
    """Render these; returns those that cannot be. Whoever is not to get it now needs no content: somebody who was
    erased is no fault of the message."""
    results = {key: _filled(fill) for key, fill in fills.items()}
    faults = {key: result for key, result in results.items() if isinstance(result, RenderFault)}
    prepared.mails.update(
        (key, result) for key, result in results.items() if not isinstance(result, RenderFault)
    )
    stopped = eligibility.gate(facts.load(sorted(faults)), at) if faults else {}
    prepared.ended.extend(verdicts.stopped(stopped))
    return [_fault(key, fault) for key, fault in faults.items() if key not in stopped]


def _filled(fill: Fill) -> Rendered | RenderFault:
    try:
        return fill()
    except Exception as error:
        log.warning("Filling in a message failed: %s", type(error).__name__)
        return RenderFault(type(error).__name__)


def _ready(rows: list[Planned], at: datetime) -> dict[int, Fill]:
    """What can be filled in for each; should loading the values fail, the rows are tried alone, so that one cannot stop
    a thousand."""
    try:
        return rendering.ready(rows, at)
    except DatabaseError:
        raise
    except Exception as error:
        log.warning("Loading the values of %s rows failed: %s", len(rows), type(error).__name__)
        if len(rows) == 1:
            return {rows[0].id: partial(RenderFault, type(error).__name__)}
        return {key: fill for row in rows for key, fill in _ready([row], at).items()}


def _fault(delivery_id: int, fault: RenderFault) -> Change:
    return Change(delivery_id, str(Delivery.State.RENDER_ERROR), "template", detail=fault.sentence[:300])


class Reached(Protocol):
    """Whom a row writes to, and about what: one that is planned, or one with all facts."""

    @property
    def id(self) -> int: ...
    @property
    def customer_id(self) -> int: ...
    @property
    def channel(self) -> str: ...
    @property
    def topic_id(self) -> int | None: ...


def may_track(rows: Sequence[Reached]) -> set[int]:
    """Whose links may name the delivery: only with consent to tracking, looked up anew each time."""

    def kind(row: Reached) -> tuple[str, int]:
        return row.channel, row.topic_id or 0

    tracked: set[int] = set()
    for (channel, topic_id), same in groupby(sorted(rows, key=kind), kind):
        asked = list(same)
        facts = consent.load({row.customer_id for row in asked}, channel, topic_id or None)
        tracked |= {row.id for row in asked if facts[row.customer_id].may_track}
    return tracked
