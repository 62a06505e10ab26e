"""One planned row for everybody in the audience, in chunks that can be repeated and resumed."""

from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from channels import suppression
from channels.delivery import arms, dry_runs
from channels.delivery.audience import EMAIL, LANGUAGE_SQL, Audience, languages
from channels.models import Message, MessageVersion

CHUNK = 50_000


class Planned(NamedTuple):
    """`last_id`: planned up to this customer id, None when nobody was left; `rows`: newly written."""

    last_id: int | None
    rows: int


PLAN = """
    WITH audience AS ({audience}),
    chunk AS MATERIALIZED (SELECT id FROM audience WHERE id > %s ORDER BY id LIMIT %s),
    written AS (
        INSERT INTO channels_delivery (message_id, occurrence, version_id, account_id, channel, priority,
                                       due_at, expires_at, customer_id, language, arm)
        SELECT %s, %s, %s, %s, %s, %s, %s, %s, c.id, {language}, {arm}
        FROM chunk JOIN customers_customer c ON c.id = chunk.id
        ORDER BY c.id
        ON CONFLICT (message_id, occurrence, customer_id, attempt) DO NOTHING
        RETURNING customer_id)
    SELECT (SELECT array_agg(id ORDER BY id) FROM chunk), (SELECT count(*) FROM written)
"""


@transaction.atomic
def plan(
    version: MessageVersion,
    occurrence: int,
    audience: Audience,
    after_id: int,
    due_at: datetime,
    limit: int = CHUNK,
    holdout: float = 0.0,
) -> Planned:
    """Plan the next `limit` customers of the audience above `after_id`.

    Call it until `last_id` is None, each time with the last one; a repeated chunk adds nothing. The caller
    saves `last_id` in the same transaction. `holdout` is the share (0 to 1) that is not written to.
    """
    message = version.message
    written, fallback = languages(version)
    params = [
        *audience.params,
        after_id,
        limit,
        message.pk,
        occurrence,
        version.pk,
        version.account_id,
        EMAIL,
    ]
    params += [message.priority, due_at, due_at + message.expires_after if message.expires_after else None]
    params += [written, written, fallback, f"message:{message.pk}", holdout]
    statement = PLAN.format(audience=audience.sql, language=LANGUAGE_SQL, arm=arms.ARM_SQL)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        ids, rows = cursor.fetchone()
    if not ids:
        return Planned(None, 0)
    suppression.refresh_keys(ids)  # makes the Reach rows, which sending locks
    return Planned(ids[-1], rows)


def dry_run(
    what: Message | MessageVersion, audience: Audience, at: datetime, holdout: float = 0.0
) -> dry_runs.DryRun:
    """What would happen to each member of the audience at `at`, counted; `dry_runs.people` lists them."""
    return dry_runs.count(what, audience, at, holdout)
