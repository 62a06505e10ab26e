"""What referrals come to."""

from typing import NamedTuple

from django.db import connection

NOW = """
    SELECT count(*), count(*) FILTER (WHERE r.state IN ('qualified', 'rewarded')),
        count(*) FILTER (WHERE r.state = 'rewarded'), coalesce(sum(s.revenue), 0)::bigint
    FROM loyalty_referral r LEFT JOIN customers_customerstats s ON s.customer_id = r.recommended_id
"""


class Now(NamedTuple):
    """`qualified` and `rewarded` without what came back; `revenue` is all that the recommended have bought, refunds
    taken off, in minor units of the shop's currency."""

    claimed: int
    qualified: int
    rewarded: int
    revenue: int


def now() -> Now:
    with connection.cursor() as cursor:
        cursor.execute(NOW)
        return Now(*cursor.fetchone())
