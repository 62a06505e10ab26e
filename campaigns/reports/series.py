"""How clicks and orders came in over time, in steps that suit the time that has passed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum
from django.db.models.functions import Trunc

from campaigns.models import Occurrence
from campaigns.reports import figures
from channels.models import DeliveryEvent

HOURS_UNTIL = timedelta(days=3)


@dataclass(frozen=True)
class Point:
    """What came in from `start` to the next point; `revenue` in minor units, refunds not taken off."""

    start: datetime
    clicks: int
    orders: int
    revenue: int


def points(run: Occurrence, until: datetime, zone: str) -> list[Point]:
    """One point per hour of the first three days, per day after that, no holes; empty before the start."""
    if run.started_at is None or until < run.started_at:
        return []
    step = "hour" if until - run.started_at <= HOURS_UNTIL else "day"
    where = ZoneInfo(zone)
    clicks = _clicks(run, step, where)
    orders = _orders(run, step, where)
    return [
        Point(start, clicks.get(start, 0), *orders.get(start, (0, 0)))
        for start in _starts(run.started_at, until, step, where)
    ]


def _clicks(run: Occurrence, step: str, where: ZoneInfo) -> dict[datetime, int]:
    events = DeliveryEvent.objects.filter(
        delivery__in=figures.deliveries(run), kind=DeliveryEvent.Kind.CLICKED, human=True
    )
    counted = events.annotate(start=Trunc("at", step, tzinfo=where)).values("start").annotate(n=Count("pk"))
    return {row["start"]: row["n"] for row in counted.order_by()}


def _orders(run: Occurrence, step: str, where: ZoneInfo) -> dict[datetime, tuple[int, int]]:
    start = Trunc("placed_at", step, tzinfo=where)
    counted = figures.orders(run).annotate(start=start).values("start")
    sums = counted.annotate(n=Count("pk"), value=Sum("base_total")).order_by()
    return {row["start"]: (row["n"], row["value"]) for row in sums}


def _starts(first: datetime, until: datetime, step: str, where: ZoneInfo) -> list[datetime]:
    """Each hour by the running clock, each day by the calendar: days of a clock change are shorter or longer."""
    local = first.astimezone(where).replace(minute=0, second=0, microsecond=0)
    if step == "hour":
        count = int((until - local) / timedelta(hours=1)) + 1
        return [
            (local.astimezone(ZoneInfo("UTC")) + timedelta(hours=n)).astimezone(where) for n in range(count)
        ]
    day = local.replace(hour=0)
    return [day + timedelta(days=n) for n in range((until.astimezone(where).date() - day.date()).days + 1)]
