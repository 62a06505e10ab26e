"""When recommendations are learnt. Importing this costs nothing; only a run loads numpy and scipy."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from config import clocks
from customers.models import RecommendationBasis, Shop

NIGHT = time(3)  # by the shop's clock, after the forecasts
SMALL = 200_000  # pairs of a person and a product; up to so many a run takes a few seconds


def due(at: datetime, zone: ZoneInfo) -> bool:
    """Once a day from `NIGHT` on; every time while there is little to learn from."""
    basis = RecommendationBasis.objects.filter(pk=1).first()
    if basis is None or basis.at is None or basis.purchases + basis.views <= SMALL:
        return True
    return basis.at < clocks.latest(NIGHT, at, zone)


def run_if_due(at: datetime) -> None:
    if due(at, ZoneInfo(Shop.current().time_zone)):
        run(at)


def run(at: datetime) -> RecommendationBasis | None:
    """Learn from everything before `at`; None when another run is at it."""
    from customers.recommendations import keeping  # see above

    return keeping.run(at)
