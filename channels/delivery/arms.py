"""Who is in which arm of an experiment: a hash of its salt and the customer's key, never a dice throw."""

import hashlib
from uuid import UUID

from channels.arbiter.rows import HOLDOUT

# Places: salt, share. Must answer as `arm` below does; a test compares them.
ARM_SQL = """
    CASE WHEN ('x' || left(encode(sha256(convert_to(%s || ':' || c.key::text, 'UTF8')), 'hex'), 8))::bit(32)::bigint
              < %s * 4294967296 THEN 'holdout' ELSE '' END
"""


def arm(salt: str, key: UUID, holdout: float) -> str:
    """`holdout` for the given share (0 to 1) of all people, else empty."""
    head = hashlib.sha256(f"{salt}:{key}".encode()).hexdigest()[:8]
    return HOLDOUT if int(head, 16) < holdout * 4294967296 else ""
