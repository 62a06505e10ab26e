"""What all campaigns did in the last 30 days, beside the 30 days before.

Only from what is kept in few rows: runs, their audiences and the orders that attribution gave to campaigns. How many
were sent to and how many clicked is counted row by row in the report of one run; over all of them, that would be the
whole ledger at each look at the list.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from campaigns.models import Occurrence

DAYS = 30
# By the day on which the order was placed, refunds taken off as in a run's report; a day is 24 hours back from now.
REVENUE = """
    SELECT floor(extract(epoch FROM %(at)s::timestamptz - o.placed_at) / 86400)::int AS ago,
           sum(o.base_total + coalesce(back.total, 0))::bigint
    FROM customers_order o JOIN campaigns_attribution a ON a.order_id = o.id
    LEFT JOIN LATERAL (
        SELECT sum(r.base_total) AS total FROM customers_order r WHERE r.refund_of_id = o.id AND r.kind = 'refund'
    ) back ON true
    WHERE o.placed_at > %(since)s AND o.placed_at <= %(at)s
    GROUP BY ago
"""


@dataclass(frozen=True)
class Course:
    """A value for each of the last 60 days, the oldest first."""

    days: list[int]

    @property
    def course(self) -> list[int]:
        """Of the last 30."""
        return self.days[DAYS:]

    @property
    def total(self) -> int:
        return sum(self.course)

    @property
    def before(self) -> int:
        """Of the 30 days before."""
        return sum(self.days[:DAYS])


@dataclass(frozen=True)
class Recent:
    """Runs that started, the people in their audiences, and what orders brought net, in minor units."""

    runs: Course
    people: Course
    revenue: Course


def of(at: datetime) -> Recent:
    since = at - timedelta(days=2 * DAYS)
    runs, people = Counter[int](), Counter[int]()
    started = Occurrence.objects.filter(started_at__gt=since, started_at__lte=at)
    for started_at, audience in started.values_list("started_at", "audience"):
        ago = (at - (started_at or at)).days
        runs[ago] += 1
        people[ago] += audience or 0
    with connection.cursor() as cursor:
        cursor.execute(REVENUE, {"at": at, "since": since})
        revenue = dict(cursor.fetchall())
    return Recent(_course(runs), _course(people), _course(revenue))


def _course(by_age: Mapping[int, int]) -> Course:
    return Course([by_age.get(ago, 0) for ago in reversed(range(2 * DAYS))])
