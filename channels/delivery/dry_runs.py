"""What would happen to each member of an audience if it were sent at this moment; nothing is written."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from django.db import connection

from channels.addresses import address_sql
from channels.arbiter import choice, eligibility, facts, policy
from channels.arbiter import explain as explanation
from channels.arbiter.choice import Place, place
from channels.arbiter.explain import Answer
from channels.arbiter.openings import Openings
from channels.arbiter.rows import SEND, Act, Row, Verdict, wait
from channels.delivery import arms, routing
from channels.delivery.audience import CHUNK_SQL, LANGUAGE_SQL, Audience, languages
from channels.models import Message, MessageVersion

CHUNK = 10_000
K = TypeVar("K")
# So many people are named behind each count.
NAMED = 100
STATES = {
    Act.SEND: "send",
    Act.WAIT: "planned",
    Act.WITHHOLD: "withheld",
    Act.EXPIRE: "expired",
    Act.CANCEL: "cancelled",
}
GOES = (Act.SEND, Act.WAIT)
GETS = {STATES[act] for act in GOES}


class Outcome(NamedTuple):
    """`state`: send, or the state that the delivery would get; `reason`: empty for send."""

    state: str
    reason: str


class Chosen(NamedTuple):
    """The channel on which somebody would get it first, and why on this one, as `choice.why` says."""

    channel: str
    why: str


class Arrival(NamedTuple):
    """So many people get it from `first` on, the last of them from `last` on."""

    people: int
    first: datetime
    last: datetime


class DryRun(NamedTuple):
    """`counts` adds up to the audience; `languages`, `variants`, `channels` and `arrivals` (by zone) count those who
    would get it, now or later. `channels` is empty where there is only one. `people` and `people_on`: the ids of the
    first customers behind each outcome, and of those who would get it on each channel first; `people_of`: of each
    variant; `people_in`: of each language."""

    counts: Counter[Outcome]
    languages: Counter[str]
    variants: Counter[str]
    channels: Counter[Chosen]
    arrivals: dict[str, Arrival]
    people: defaultdict[Outcome, list[int]]
    people_on: defaultdict[str, list[int]]
    people_of: defaultdict[str, list[int]]
    people_in: defaultdict[str, list[int]]

    @property
    def audience(self) -> int:
        return self.counts.total()

    @property
    def send(self) -> int:
        return self.counts[Outcome("send", "")]

    @property
    def gets(self) -> int:
        """Those who get it, at once or later."""
        return self.send + self.later

    @property
    def later(self) -> int:
        """Those who get it, but have to wait."""
        return sum(number for outcome, number in self.counts.items() if outcome.state == STATES[Act.WAIT])


# As facts.DELIVERIES, for people who have no delivery yet.
ADDRESS = address_sql("reached.channel")
PEOPLE = """
    SELECT c.id, c.id, %s::bigint, 0, NULL, reached.channel, {language}, {variant}, {arm}, '{{}}', 0,
           NULL::timestamptz, %s, %s::bigint, %s, %s, true, c.erased_at IS NOT NULL, c.merged_into_id IS NOT NULL,
           c.country, c.time_zone, %s, %s, %s, %s::smallint[], coalesce(h.stretch, 1), h.hour,
           {address}, r.address_key, r.address
    FROM unnest(%s::bigint[]) AS chunk (id)
    CROSS JOIN (SELECT %s::text) AS reached (channel)
    JOIN customers_customer c ON c.id = chunk.id
    LEFT JOIN channels_reach r ON r.customer_id = c.id AND r.channel = reached.channel
    LEFT JOIN channels_habit h ON h.customer_id = c.id
    ORDER BY c.id
"""


def count(
    what: Message | MessageVersion,
    audience: Audience,
    at: datetime,
    holdout: float = 0.0,
    named: int = NAMED,
    told: Callable[[int], None] = lambda done: None,
) -> DryRun:
    """How many of the audience would be sent to or not, by reason. A message not yet frozen counts as its draft. `told`
    hears after each chunk how many have been looked at; what it raises ends the count."""
    named_by = (defaultdict[Any, list[int]](list) for _kind in range(4))
    result = DryRun(Counter(), Counter(), Counter(), Counter(), {}, *named_by)
    when, order = Openings(policy.load()), [route.channel for route in routing.of(what)]
    expires_at = when.policy.expiry(_message(what), at)
    for chunk in _judged(what, audience, at, holdout, when):
        outcomes = [_outcome(verdict, expires_at) for _row, verdict in chunk]
        result.counts.update(outcomes)
        _name(result.people, zip(outcomes, (row.customer_id for row, _verdict in chunk), strict=True), named)
        going = [each for each, outcome in zip(chunk, outcomes, strict=True) if outcome.state in GETS]
        goes = [row for row, _verdict in going]
        _arrive(
            result.arrivals,
            ((when.clock(row.whereabouts).key, verdict.until or at) for row, verdict in going),
        )
        result.languages.update(row.language for row in goes)
        result.variants.update(row.variant for row in goes)
        _name(result.people_on, ((row.channel, row.customer_id) for row in goes), named)
        _name(result.people_of, ((row.variant, row.customer_id) for row in goes), named)
        _name(result.people_in, ((row.language, row.customer_id) for row in goes), named)
        if len(order) > 1:
            likes = routing.load_likes([row.customer_id for row in goes])
            result.channels.update(
                Chosen(row.channel, choice.why(order, likes[row.customer_id], row.channel)) for row in goes
            )
        told(result.audience)
    return result


def _name(known: defaultdict[K, list[int]], found: Iterable[tuple[K, int]], most: int) -> None:
    for key, customer_id in found:
        if len(known[key]) < most:
            known[key].append(customer_id)


def _arrive(known: dict[str, Arrival], found: Iterable[tuple[str, datetime]]) -> None:
    for zone, at in found:
        people, first, last = known.get(zone, (0, at, at))
        known[zone] = Arrival(people + 1, min(first, at), max(last, at))


class One(NamedTuple):
    """An audience of one."""

    params: tuple[Any, ...]
    sql: str = "SELECT %s::bigint AS id"


def explain(
    what: Message | MessageVersion, customer_id: int, occurrence: int, at: datetime, holdout: float = 0.0
) -> list[Answer]:
    """What every gate would say to this customer at `at`, if she were in the audience of that occurrence."""
    rows = _rows(what, One((customer_id,)), 0, holdout)
    return explanation.answers([row._replace(occurrence=occurrence) for row in rows], at)


def _outcome(verdict: Verdict, expires_at: datetime | None) -> Outcome:
    if verdict.until and expires_at and verdict.until >= expires_at:
        return Outcome(STATES[Act.EXPIRE], verdict.reason)
    return Outcome(STATES[verdict.act], verdict.reason)


def _message(what: Message | MessageVersion) -> Message:
    return what.message if isinstance(what, MessageVersion) else what


def _judged(
    what: Message | MessageVersion, audience: Audience, at: datetime, holdout: float, when: Openings
) -> Iterator[list[tuple[Row, Verdict]]]:
    """Chunk by chunk what would happen to each."""
    message, taken, after = _message(what), set[Place](), 0
    while rows := _rows(what, audience, after, holdout):
        verdicts, chunk = eligibility.foresee(rows, at, taken), []
        for row in rows:
            verdict = verdicts[row.id]
            if verdict.act in GOES:
                taken.add(place(row))
            chunk.append((row, _planned(message, row, when, at) if verdict.act is Act.SEND else verdict))
        yield chunk
        after = rows[-1].id


def _planned(message: Message, row: Row, when: Openings, at: datetime) -> Verdict:
    """She may be written to now; but planning would wait for her best time."""
    first = when.planned(message, row.whereabouts, row.hour, at)
    return wait(first.reason, first.at) if first.reason else SEND


def _rows(what: Message | MessageVersion, audience: Audience, after: int, holdout: float) -> list[Row]:
    """The next people of the audience, in id order, each with the channel that planning would choose."""
    with connection.cursor() as cursor:
        cursor.execute(CHUNK_SQL.format(audience=audience.sql), [*audience.params, after, CHUNK])
        ids: list[int] = cursor.fetchone()[0] or []
    groups = routing.groups(what, ids)
    rows = [row for route, people in groups for row in _of_channel(what, route.channel, people, holdout)]
    return sorted(rows, key=attrgetter("id")) if len(groups) > 1 else rows


def _of_channel(what: Message | MessageVersion, channel: str, ids: list[int], holdout: float) -> list[Row]:
    message = _message(what)
    written, fallback = languages(what, channel)
    allotment = arms.allotment(what)
    params: list[Any] = [message.pk, written, written, fallback, *allotment.params]
    params += [f"message:{message.pk}", holdout]
    params += [message.purpose, message.topic_id, message.cancelled_at is not None]
    params += [message.paused_at is not None, message.priority, message.cap_class, message.any_time]
    params += [message.allowed_days, ids, channel]
    with connection.cursor() as cursor:
        cursor.execute(
            PEOPLE.format(
                language=LANGUAGE_SQL, variant=allotment.sql or "'A'", arm=arms.ARM_SQL, address=ADDRESS
            ),
            params,
        )
        return [facts.row_of(values) for values in cursor.fetchall()]
