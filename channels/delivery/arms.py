"""Who is in which arm of an experiment: a hash of its salt and the customer's key, never a dice throw."""

import hashlib
from typing import Any, NamedTuple
from uuid import UUID

from channels.arbiter.rows import HOLDOUT
from channels.messages import variants
from channels.models import Message, MessageVersion

# From 0 up to 4294967296. Place: salt.
HASH_SQL = (
    "('x' || left(encode(sha256(convert_to(%s || ':' || c.key::text, 'UTF8')), 'hex'), 8))::bit(32)::bigint"
)
# Places: salt, share. Must answer as `arm` below does; a test compares them.
ARM_SQL = f"CASE WHEN {HASH_SQL} < %s * 4294967296 THEN 'holdout' ELSE '' END"
# Places: the letters, salt, how many.
VARIANT_SQL = f"(%s::text[])[1 + {HASH_SQL} * %s::bigint / 4294967296]"


def arm(salt: str, key: UUID, holdout: float) -> str:
    """`holdout` for the given share (0 to 1) of all people, else empty."""
    head = hashlib.sha256(f"{salt}:{key}".encode()).hexdigest()[:8]
    return HOLDOUT if int(head, 16) < holdout * 4294967296 else ""


class Allotment(NamedTuple):
    """Which variant each customer `c` gets, as SQL and the values of its places; empty where there is only one."""

    sql: str = ""
    params: tuple[Any, ...] = ()


def allotment(what: Message | MessageVersion) -> Allotment:
    """Equal shares, and for a person the same in every run of the message. The salt is not that of the holdout, whose
    people would all be of one variant."""
    letters = variants.of(what)
    if len(letters) < 2:
        return Allotment()
    message_id = what.message_id if isinstance(what, MessageVersion) else what.pk
    return Allotment(VARIANT_SQL, (letters, f"variant:{message_id}", len(letters)))
