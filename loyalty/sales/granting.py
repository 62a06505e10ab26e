"""Access for hundreds of thousands: each wave's customers get their grant, a statement per 50,000, and go on where they
stopped.

Waves are granted when the sale starts, the earliest first, so that a link in an invitation works and the door can say
when; and once more when a wave opens, for those who came to its segment or tier since. Who has a grant keeps the
earlier time.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from loyalty.models import Sale, SaleWave
from loyalty.sales import opening

AT_ONCE = 50_000
# Whom a wave is for, as (id) in the order of ids. "Everybody with a link" gets a grant when she comes (admission.py).
AUDIENCES = {
    "segment": "SELECT customer_id AS id FROM customers_segmentmember WHERE segment_id = %(segment)s",
    "tier": f"SELECT a.customer_id AS id FROM {opening.STANDING} WHERE least.id = %(tier)s",  # noqa: S608 - constants
}
GRANT = """
    WITH wanted AS MATERIALIZED (
        SELECT id FROM ({audience}) AS audience WHERE id > %(after)s ORDER BY id LIMIT %(most)s
    ), made AS (
        INSERT INTO loyalty_accessgrant AS known (sale_id, wave_id, customer_id, opens_at)
        SELECT %(sale)s, %(wave)s, w.id, %(opens_at)s FROM wanted w JOIN customers_customer c ON c.id = w.id
        WHERE c.erased_at IS NULL AND c.merged_into_id IS NULL ORDER BY w.id
        ON CONFLICT (sale_id, customer_id) DO UPDATE SET wave_id = EXCLUDED.wave_id, opens_at = EXCLUDED.opens_at
            WHERE known.opens_at > EXCLUDED.opens_at AND known.admitted_at IS NULL
        RETURNING 1
    )
    SELECT (SELECT max(id) FROM wanted), (SELECT count(*) FROM wanted), (SELECT count(*) FROM made)
"""


def due(at: datetime) -> list[int]:
    running = SaleWave.objects.filter(sale__state=Sale.State.OPEN, sale__ends_at__gt=at)
    invited = running.exclude(opening.FOR_EVERYBODY)
    waiting = Q(round=0) | Q(round=1, opens_at__lte=at)
    return list(invited.filter(waiting).order_by("opens_at", "pk").values_list("pk", flat=True))


def run(at: datetime) -> int:
    """All that is due, part by part, each a transaction."""
    made = 0
    while waves := due(at):
        made += sum(grant(pk, at) for pk in waves)
    return made


@transaction.atomic
def grant(wave_id: int, at: datetime) -> int:
    """The next AT_ONCE customers of a wave; how many got a new or an earlier grant."""
    wave = SaleWave.objects.select_for_update(of=("self",)).select_related("sale").get(pk=wave_id)
    if wave.round > 1 or (wave.round == 1 and wave.opens_at > at) or wave.sale.state != Sale.State.OPEN:
        return 0
    params: dict[str, Any] = {
        "segment": wave.segment_id,
        "tier": wave.tier_id,
        "after": wave.granted_to,
        "most": AT_ONCE,
        "sale": wave.sale_id,
        "wave": wave.pk,
        "opens_at": wave.opens_at,
    }
    audience = AUDIENCES["tier" if wave.tier_id else "segment"]
    with connection.cursor() as cursor:
        cursor.execute(GRANT.format(audience=audience), params)
        last, looked_at, made = cursor.fetchone()
    wave.granted_to = last or wave.granted_to
    if looked_at < AT_ONCE:
        wave.granted_at = at
        wave.granted_to, wave.round = 0, 2 if wave.opens_at <= at else wave.round + 1
    wave.save(update_fields=["granted_to", "granted_at", "round"])
    return int(made)
