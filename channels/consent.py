"""Who may be written to, and who may be tracked: an append-only ledger and a cache of its newest words.

A statement covers (customer, channel, purpose) and either one topic or, without a topic, all of them. Asked
about a topic, the newest statement that covers it counts; asked about no topic, only statements without topic
do. At the same instant a withdrawal wins. Nothing stated means no. docs/consent.md says it at length.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from channels.models import Consent, Purpose, Reach, Topic
from channels.signals import consents_changed
from customers import dirty
from customers.models import Customer, Origin

CHUNK = 10_000
# What a yes must be able to show (reliability R9, R10).
PROOF: dict[str, tuple[str, ...]] = {
    Consent.Basis.DOUBLE_OPT_IN: (
        *("wording", "form", "source", "ip", "token_hash"),
        *("asked_at", "confirmed_at", "confirmed_ip"),
    ),
    Consent.Basis.EXISTING_CUSTOMER: ("sale", "similar_goods", "notice_at_collection", "notice_in_messages"),
    Consent.Basis.STATED: ("wording", "form", "source"),
    Consent.Basis.STAFF: ("wording", "form", "source"),
    Consent.Basis.IMPORT: ("proof", "given_at", "source", "file", "line"),
    Consent.Basis.DEMO: (),
}


class NoProof(ValueError):
    """A yes without the evidence that its basis demands."""


@dataclass(frozen=True)
class Statement:
    """One yes (`granted`) or no. Without `topic_id` it covers all topics of the channel."""

    customer_id: int
    channel: str
    granted: bool
    basis: str
    stated_at: datetime
    topic_id: int | None = None
    purpose: str = Purpose.SENDING
    evidence: dict[str, Any] = field(default_factory=dict)
    recorded_by_id: int | None = None

    @property
    def cell(self) -> tuple[int, str, str, int | None]:
        return self.customer_id, self.channel, self.purpose, self.topic_id


@dataclass(frozen=True)
class Facts:
    """What gates need to know of one person, for one channel and topic."""

    may_send: bool = False
    may_track: bool = False


def is_proven(basis: str, evidence: dict[str, Any]) -> bool:
    """Whether a yes on this basis has all it must show."""
    return basis in PROOF and all(evidence.get(key) for key in PROOF[basis])


@transaction.atomic
def record(statements: Sequence[Statement], at: datetime, origin: Origin = Origin.LIVE) -> list[int]:
    """Append statements and bring the cache up to date; returns the ledger rows' ids in the same order.

    A statement from the future counts from `at`. Raises NoProof for a yes without its evidence; then nothing
    is written. When this commits, no send can start that has not seen it: gates hold the same Reach locks.
    """
    if unproven := [s for s in statements if s.granted and not is_proven(s.basis, s.evidence)]:
        raise NoProof(f"{len(unproven)} grants lack evidence, such as one on {unproven[0].basis}")
    if not statements:
        return []
    statements = _hold(statements)
    ids = sorted({statement.customer_id for statement in statements})
    rows = Consent.objects.bulk_create(_row(statement, at) for statement in statements)
    _remember(rows)
    dirty.mark(ids, at, origin)
    for start in range(0, len(ids), CHUNK):
        consents_changed.send(Consent, ids=ids[start : start + CHUNK], at=at, origin=origin)
    return [row.pk for row in rows]


def _hold(statements: Sequence[Statement]) -> list[Statement]:
    """The statements under their people's locks. Of a merged person they are the one's whom she was merged into: an
    old mail's opt-out link must stop the mails that come now."""
    ids = {statement.customer_id for statement in statements}
    hold(ids)
    gone = Customer.objects.filter(pk__in=ids, merged_into__isnull=False)
    winners = {pk: winner for pk, winner in gone.values_list("pk", "merged_into") if winner}
    if winners:
        hold(set(winners.values()))
    return [replace(each, customer_id=winners.get(each.customer_id, each.customer_id)) for each in statements]


def hold(customer_ids: Collection[int]) -> None:
    """Keep statements about these people, and slices with them, waiting until the transaction ends."""
    reached = Reach.objects.select_for_update().filter(customer_id__in=customer_ids)
    list(reached.order_by("id").values_list("id"))


def _row(statement: Statement, at: datetime) -> Consent:
    return Consent(
        customer_id=statement.customer_id,
        channel=statement.channel,
        topic_id=statement.topic_id,
        purpose=statement.purpose,
        state=Consent.State.GRANTED if statement.granted else Consent.State.WITHDRAWN,
        basis=statement.basis,
        evidence=statement.evidence,
        stated_at=min(statement.stated_at, at),
        recorded_by_id=statement.recorded_by_id,
    )


# The guard looks at the row as it stands when this statement gets its lock, so of two that run at once the
# newer word stays, whichever commits last. Compared as (time, withdrawn, ledger id).
REMEMBER = """
    INSERT INTO channels_permission AS old
        (customer_id, channel, purpose, topic_id, granted, stated_at, consent_id)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bool[], %s::timestamptz[],
                         %s::bigint[])
    ON CONFLICT (customer_id, channel, purpose, topic_id) DO UPDATE
    SET granted = EXCLUDED.granted, stated_at = EXCLUDED.stated_at, consent_id = EXCLUDED.consent_id
    WHERE (EXCLUDED.stated_at, NOT EXCLUDED.granted, EXCLUDED.consent_id)
        > (old.stated_at, NOT old.granted, old.consent_id)
"""


def _remember(rows: Sequence[Consent]) -> None:
    newest: dict[tuple[Any, ...], tuple[datetime, bool, int]] = {}
    for row in rows:
        cell = (row.customer_id, row.channel, row.purpose, row.topic_id or 0)
        word = _rank(row)
        newest[cell] = max(word, newest.get(cell, word))
    # One order for everybody, so that two batches about the same people wait instead of deadlocking.
    lines = [
        (*cell[:3], cell[3] or None, not withdrawn, at, pk)
        for cell, (at, withdrawn, pk) in sorted(newest.items())
    ]
    columns = [list(column) for column in zip(*lines, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER, columns)


def allowed_sql(channel: str, topic_id: int | None, purpose: str = Purpose.SENDING) -> tuple[str, list[Any]]:
    """A SELECT of `customer_id` (each once or twice) of everybody with a valid yes, and its parameters."""
    if topic_id is None:  # one word at most covers it
        return (
            """SELECT yes.customer_id FROM channels_permission yes
            WHERE yes.granted AND yes.channel = %s AND yes.purpose = %s AND yes.topic_id IS NULL""",
            [channel, str(purpose)],
        )
    return (
        """SELECT yes.customer_id FROM channels_permission yes
        WHERE yes.granted AND yes.channel = %s AND yes.purpose = %s
          AND (yes.topic_id = %s OR yes.topic_id IS NULL)
          AND NOT EXISTS (
            SELECT FROM channels_permission no
            WHERE no.customer_id = yes.customer_id AND no.channel = yes.channel AND no.purpose = yes.purpose
              AND NOT no.granted AND no.stated_at >= yes.stated_at
              AND (no.topic_id = %s OR no.topic_id IS NULL))""",
        [channel, str(purpose), topic_id, topic_id],
    )


# Of each person and purpose the newest word that covers the topic; at the same instant a withdrawal.
NEWEST = """
    SELECT DISTINCT ON (customer_id, purpose) customer_id, purpose, granted
    FROM channels_permission
    WHERE customer_id = ANY(%s) AND channel = %s AND (topic_id = %s OR topic_id IS NULL)
    ORDER BY customer_id, purpose, stated_at DESC, granted
"""
FACTS = {(send, track): Facts(send, track) for send in (False, True) for track in (False, True)}


def load(customer_ids: Collection[int], channel: str, topic_id: int | None) -> dict[int, Facts]:
    """The facts of each of these customers, in one query; silence means no."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [list(customer_ids), channel, topic_id])
        granted = [(purpose, person) for person, purpose, yes in cursor.fetchall() if yes]
    send = {person for purpose, person in granted if purpose == Purpose.SENDING}
    track = {person for purpose, person in granted if purpose == Purpose.TRACKING}
    return {person: FACTS[person in send, person in track] for person in customer_ids}


# --- Proof ---

DIFFERENCES = """
    WITH ledger AS (
        SELECT DISTINCT ON (customer_id, channel, purpose, topic_id)
               customer_id, channel, purpose, topic_id,
               state = 'granted' AS granted, stated_at, id AS consent_id
        FROM channels_consent
        ORDER BY customer_id, channel, purpose, topic_id, stated_at DESC, state = 'withdrawn' DESC, id DESC)
    SELECT coalesce(ledger.customer_id, cache.customer_id) FROM ledger
    FULL JOIN channels_permission cache
      ON cache.customer_id = ledger.customer_id AND cache.channel = ledger.channel
     AND cache.purpose = ledger.purpose AND coalesce(cache.topic_id, 0) = coalesce(ledger.topic_id, 0)
    WHERE (ledger.granted, ledger.stated_at, ledger.consent_id)
        IS DISTINCT FROM (cache.granted, cache.stated_at, cache.consent_id)
    ORDER BY 1
"""


def check_permissions() -> list[int]:
    """The customers whose cached permission is not what the ledger says, once per difference; [] is good."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENCES)
        return [customer_id for (customer_id,) in cursor.fetchall()]


def deciding(said: Iterable[Consent], topic: Topic | None, purpose: str) -> Consent | None:
    """Of one person's statements on one channel the one that decides; None if none covers the question."""
    topic_id = topic.pk if topic else None
    covering = [row for row in said if row.purpose == purpose and row.topic_id in (None, topic_id)]
    return max(covering, key=_rank, default=None)


def _rank(row: Consent) -> tuple[datetime, bool, int]:
    return row.stated_at, row.state == Consent.State.WITHDRAWN, row.pk
