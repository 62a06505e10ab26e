"""Work the forecasts out and write those that changed. `running` says when, and is what others call."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection, transaction
from django.db.models import Q

from customers import dirty, stats
from customers.forecasts import histories, predicting
from customers.forecasts.histories import Histories, Whole
from customers.forecasts.predicting import Predictions
from customers.forecasts.rfm import ORDER
from customers.models import ForecastBasis, Shop
from customers.segments.membership.keeping import MOST_PEOPLE

LEASE = timedelta(hours=1)  # after it a run that has not told its end has died
BATCH = 10_000

# A run that was overtaken by a later one changes nothing of what that one wrote.
WRITE = """
    UPDATE customers_customerstats AS kept
    SET rfm_class = fresh.rfm_class, recency_score = nullif(fresh.recency, 0),
        frequency_score = nullif(fresh.frequency, 0), monetary_score = nullif(fresh.monetary, 0),
        next_order_on = DATE '2000-01-01' + nullif(fresh.next_order, -1),
        lapse_risk = nullif(fresh.risk, -1) / 100.0, lifetime_value = nullif(fresh.value, -1),
        forecast_at = CASE WHEN fresh.rfm_class <> '' THEN %s END
    FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::bigint[])
        AS fresh (id, rfm_class, recency, frequency, monetary, next_order, risk, value)
    WHERE kept.customer_id = fresh.id AND coalesce(kept.forecast_at <= %s, true)
    RETURNING kept.customer_id
"""


def run(at: datetime) -> ForecastBasis | None:
    """Bring every forecast up to date as of `at`; None when another run is at it."""
    if not _claimed(at):
        return None
    shop = Shop.current()
    found = histories.read(at, ZoneInfo(shop.time_zone))
    predictions = predicting.predict(found)
    changed = write(found, predictions, at)
    basis = ForecastBasis(
        pk=1,
        at=at,
        customers=int((found.orders > 0).sum()),
        repeat_buyers=int((found.orders > 1).sum()),
        changed=changed,
        lacks=predictions.lack,
        parameters=predictions.models.plain() if predictions.models else {},
        classes=classes(found, predictions),
    )
    basis.save()
    return basis


def _claimed(at: datetime) -> bool:
    ForecastBasis.objects.bulk_create([ForecastBasis(pk=1)], ignore_conflicts=True)
    free = Q(started_at=None) | Q(started_at__lt=at - LEASE)
    return ForecastBasis.objects.filter(free, pk=1).update(started_at=at) == 1


def write(found: Histories, predictions: Predictions, at: datetime) -> int:
    """Store what differs from what is kept, and have segments look at these customers; gives how many they are."""
    places = np.flatnonzero((predictions.written != found.kept).any(axis=0))
    many = len(places) > MOST_PEOPLE
    for start in range(0, len(places), BATCH):
        part = places[start : start + BATCH]
        _write(found.id[part], predictions.written[:, part], at, many=many)
    return len(places)


@transaction.atomic
def _write(ids: Whole, written: Whole, at: datetime, *, many: bool) -> None:
    names = ["", *ORDER]
    numbers = ids.tolist()
    lists = [numbers, [names[place] for place in written[0].tolist()], *written[1:].tolist()]
    with connection.cursor() as cursor:
        cursor.execute(stats.LOCK, {"ids": numbers})  # in the order of everybody else
        cursor.execute(WRITE, [at, *lists, at])
        changed = [row[0] for row in cursor.fetchall()]
    if many:
        dirty.mark_everybody(at)
    else:
        dirty.mark(changed, at)


def classes(found: Histories, predictions: Predictions) -> dict[str, dict[str, Any]]:
    """Per RFM class how many there are, what they brought and what they are expected to bring."""
    told = {}
    for place, key in enumerate(ORDER, 1):
        members = predictions.written[0] == place
        told[key] = {
            "customers": int(members.sum()),
            "revenue": int(found.revenue[members].sum()),
            "value": int(predictions.written[6][members].sum()) if predictions.models else None,
        }
    return told
