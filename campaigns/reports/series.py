"""How clicks and orders came in over time, in steps that suit the time that has passed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, DateTimeField, F, Func, Sum, Value
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
    starts = _starts(run.started_at, until, step, where)
    clicks = _clicks(run, _start("at", step, starts[0]))
    orders = _orders(run, _start("placed_at", step, starts[0]))
    return [
        Point(start, clicks.get(start.astimezone(UTC), 0), *orders.get(start.astimezone(UTC), (0, 0)))
        for start in starts
    ]


def _start(name: str, step: str, first: datetime) -> Func:
    """The beginning of the step that a time lies in. Hours are counted on from the first: by the clock, the hour that
    is there twice in October would be one."""
    if step == "day":
        return Trunc(name, "day", tzinfo=first.tzinfo)
    hour = Value(timedelta(hours=1))
    return Func(hour, F(name), Value(first), function="date_bin", output_field=DateTimeField())


def _clicks(run: Occurrence, start: Func) -> dict[datetime, int]:
    events = DeliveryEvent.objects.filter(
        delivery__in=figures.deliveries(run), kind=DeliveryEvent.Kind.CLICKED, human=True
    )
    counted = events.annotate(start=start).values("start").annotate(n=Count("pk"))
    return {row["start"].astimezone(UTC): row["n"] for row in counted.order_by()}


def _orders(run: Occurrence, start: Func) -> dict[datetime, tuple[int, int]]:
    counted = figures.orders(run).annotate(start=start).values("start")
    sums = counted.annotate(n=Count("pk"), value=Sum("base_total")).order_by()
    return {row["start"].astimezone(UTC): (row["n"], row["value"]) for row in sums}


def _starts(first: datetime, until: datetime, step: str, where: ZoneInfo) -> list[datetime]:
    """Each hour by the running clock, each day by the calendar: days of a clock change are shorter or longer."""
    local = first.astimezone(where).replace(minute=0, second=0, microsecond=0)
    if step == "hour":
        count = int((until - local) / timedelta(hours=1)) + 1
        return [(local.astimezone(UTC) + timedelta(hours=n)).astimezone(where) for n in range(count)]
    day = local.replace(hour=0)
    return [day + timedelta(days=n) for n in range((until.astimezone(where).date() - day.date()).days + 1)]
