"""When the forecasts are worked out. Importing this costs nothing; only a run loads numpy and scipy.

They take 72 MB of memory and a second or more to load, which processes that only draw pages should not spend.
"""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from config import clocks
from customers.models import ForecastBasis, Shop

NIGHT = time(2)  # by the shop's clock
SMALL = 20_000  # customers with orders; up to so many a run takes a second or two


def due(at: datetime, zone: ZoneInfo) -> bool:
    """Once a day from `NIGHT` on; every time while there are few customers."""
    basis = ForecastBasis.objects.filter(pk=1).first()
    if basis is None or basis.at is None or basis.customers <= SMALL:
        return True
    return basis.at < clocks.latest(NIGHT, at, zone)


def run_if_due(at: datetime) -> None:
    if due(at, ZoneInfo(Shop.current().time_zone)):
        run(at)


def run(at: datetime) -> ForecastBasis | None:
    """Bring every forecast up to date as of `at`; None when another run is at it."""
    from customers.forecasts import keeping  # see above

    return keeping.run(at)
