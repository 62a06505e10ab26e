"""The waves that need no grant: those for everybody with a link, and those for the tier that somebody has now.

A tier is asked for at the door as well as granted ahead, so that who rises to it while its wave is open may enter at
once. Who was granted access keeps it, also when she falls.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import Q

from loyalty.models import SaleWave

EVERYBODY = 0
FOR_EVERYBODY = Q(segment=None, tier=None)
# The accounts `a` that stand on the tier `least` or on a higher one of its programme.
STANDING = """loyalty_tier least
    JOIN loyalty_tier reached ON reached.program_id = least.program_id AND reached.threshold >= least.threshold
    JOIN loyalty_tierperiod p ON p.tier_id = reached.id AND p.current
    JOIN loyalty_account a ON a.id = p.account_id AND a.closed_at IS NULL"""
BY_TIER = f"""SELECT DISTINCT ON (w.sale_id, a.customer_id) w.sale_id, a.customer_id, w.opens_at, w.id
    FROM {STANDING} JOIN loyalty_salewave w ON w.tier_id = least.id
    WHERE w.sale_id = ANY (%s) AND a.customer_id = ANY (%s)
    ORDER BY w.sale_id, a.customer_id, w.opens_at, w.id"""  # noqa: S608 - constants

Waves = dict[tuple[int, int], tuple[datetime, int]]


def waves(sale_ids: Collection[int], customer_ids: Collection[int]) -> Waves:
    """By sale and customer (or EVERYBODY): when the first such wave opens, and its id."""
    return _for_everybody(sale_ids) | _by_tier(sale_ids, customer_ids)


def _for_everybody(sale_ids: Collection[int]) -> Waves:
    found = SaleWave.objects.filter(FOR_EVERYBODY, sale__in=sale_ids).order_by("-opens_at", "-pk")
    return {(sale, EVERYBODY): (at, pk) for sale, at, pk in found.values_list("sale", "opens_at", "pk")}


def _by_tier(sale_ids: Collection[int], customer_ids: Collection[int]) -> Waves:
    with connection.cursor() as cursor:
        cursor.execute(BY_TIER, [list(sale_ids), list(customer_ids)])
        return {(sale, customer): (at, pk) for sale, customer, at, pk in cursor.fetchall()}
