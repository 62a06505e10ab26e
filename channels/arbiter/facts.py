"""The facts that all gates share, for many rows in one query."""

import json
from collections.abc import Sequence
from typing import Any

from channels import suppression
from channels.addresses import address_sql
from channels.arbiter.choice import Place, place
from channels.arbiter.rows import Row
from config import prepared

ADDRESS = address_sql("d.channel")
# The last columns: the address, the key that Reach keeps, and the address that key was made from. The `|| ''` keeps the
# planner to the deliveries' ids: its statistics may call the indexes of what waits empty.
DELIVERIES = """
    SELECT d.id, d.customer_id, d.message_id, d.occurrence, d.version_id, d.channel, d.language, d.variant,
           d.arm, d.context::text, d.tries, d.expires_at, m.purpose, m.topic_id, m.cancelled_at IS NOT NULL,
           m.paused_at IS NOT NULL OR a.paused_at IS NOT NULL
           OR d.channel = 'email' AND m.purpose = 'marketing' AND m.sender_id IN (SELECT s.id FROM channels_sender s
              JOIN channels_sendingdomain held ON held.name = lower(split_part(s.email, '@', 2)) AND held.hold <> ''),
           EXISTS (SELECT FROM channels_versioncontent v WHERE v.version_id = d.version_id
                   AND v.channel = d.channel AND v.language = d.language AND v.variant IN (d.variant, 'A')),
           c.erased_at IS NOT NULL, c.merged_into_id IS NOT NULL, c.country, c.time_zone, m.priority, m.cap_class,
           m.any_time, m.allowed_days, coalesce(h.stretch, 1), h.hour,
           {address}, r.address_key, r.address
    FROM channels_delivery d
    JOIN channels_message m ON m.id = d.message_id
    JOIN channels_account a ON a.id = d.account_id
    JOIN customers_customer c ON c.id = d.customer_id
    LEFT JOIN channels_reach r ON r.customer_id = d.customer_id AND r.channel = d.channel
    LEFT JOIN channels_habit h ON h.customer_id = d.customer_id
    WHERE d.id = ANY(%s) AND d.state || '' = 'planned'
    ORDER BY d.id
"""


def load(delivery_ids: Sequence[int]) -> list[Row]:
    """The planned ones among these deliveries, in id order."""
    with prepared.cursor() as cursor:
        cursor.execute(DELIVERIES.format(address=ADDRESS), [list(delivery_ids)])
        return [row_of(values) for values in cursor.fetchall()]


CHANNEL, CONTEXT, DAYS = map(Row._fields.index, ("channel", "context", "allowed_days"))


def context_of(text: str) -> dict[str, Any]:
    """Of nearly all rows there is none, and that needs no reading."""
    return {} if text == "{}" else dict(json.loads(text))


def row_of(values: Sequence[Any]) -> Row:
    """A row from the columns above: Row's fields in their order up to the address, then what Reach keeps."""
    *plain, email, key, keyed_address = values
    plain[CONTEXT] = context_of(plain[CONTEXT])
    plain[DAYS] = plain[DAYS] and tuple(plain[DAYS])
    if keyed_address != email:
        key = suppression.address_key(plain[CHANNEL], email)
    return Row._make([*plain, email, key])


# One probe of the index `delivery_address_once`, whose condition this repeats, for each address. The `+ 0` keeps the
# planner, whose statistics never know a new run, from walking through the whole run for each address instead.
TAKEN = """
    SELECT asked.* FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[])
        AS asked (message, occurrence, channel, key)
    WHERE (SELECT true FROM channels_delivery d
           WHERE d.address_key = asked.key AND d.message_id + 0 = asked.message
             AND d.occurrence + 0 = asked.occurrence AND d.channel = asked.channel
             AND d.state IN ('calling', 'accepted', 'delivered', 'unknown') AND NOT (d.address_key = '')
           LIMIT 1)
"""


def taken(rows: Sequence[Row]) -> set[Place]:
    """Which of these rows' addresses their run has written to, or is writing to."""
    places = {place(row) for row in rows if row.address_key}
    if not places:
        return set()
    with prepared.cursor() as cursor:
        cursor.execute(TAKEN, [list(column) for column in zip(*places, strict=True)])
        return set(cursor.fetchall())
