"""What the forecasts know of a customer: a row of figures over her orders up to a moment, for all customers at once."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from customers.models import RfmClass

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
NONE = -1  # a whole number that is missing

# An order that was taken back whole is none; what else was refunded is taken off. Orders of one day are one step of
# the rhythm. Equal figures have equal scores: one more than the fifths of the customers that lie below.
SQL = """
    WITH returned AS (
        SELECT refund_of_id AS id, sum(base_total) AS total FROM customers_order
        WHERE refund_of_id IS NOT NULL AND placed_at < %(at)s GROUP BY refund_of_id
    ), counted AS (
        SELECT o.customer_id, o.base_total, o.placed_at, (o.placed_at AT TIME ZONE %(zone)s)::date AS day,
               o.kind = 'order' AND (returned.id IS NULL OR o.base_total + returned.total > 0) AS counts
        FROM customers_order AS o LEFT JOIN returned ON returned.id = o.id
        WHERE o.customer_id IS NOT NULL AND o.placed_at < %(at)s
    ), stepped AS (
        SELECT *, nullif(day - lag(day) OVER (PARTITION BY customer_id, counts ORDER BY placed_at), 0) AS gap
        FROM counted
    ), facts AS (
        SELECT customer_id, count(*) FILTER (WHERE counts) AS orders, sum(base_total) AS revenue,
               min(placed_at) FILTER (WHERE counts) AS first_at, max(placed_at) FILTER (WHERE counts) AS last_at,
               max(day) FILTER (WHERE counts) AS last_on, count(gap) FILTER (WHERE counts) AS gaps,
               sum(ln(gap)) FILTER (WHERE counts) AS log_gaps, sum(ln(gap) ^ 2) FILTER (WHERE counts) AS log_squares
        FROM stepped GROUP BY customer_id HAVING count(*) FILTER (WHERE counts) > 0
    ), scored AS (
        SELECT facts.*, 5 * (rank() OVER (ORDER BY last_at) - 1) / count(*) OVER () + 1 AS recency,
               5 * (rank() OVER (ORDER BY orders) - 1) / count(*) OVER () + 1 AS frequency,
               5 * (rank() OVER (ORDER BY revenue) - 1) / count(*) OVER () + 1 AS monetary
        FROM facts JOIN customers_customer AS c ON c.id = facts.customer_id
        WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL
    )
    SELECT {columns}
    FROM customers_customerstats AS kept LEFT JOIN scored ON scored.customer_id = kept.customer_id
    WHERE scored.customer_id IS NOT NULL OR kept.forecast_at IS NOT NULL
    ORDER BY kept.customer_id
"""
# Name: what it is in SQL, and of which type. Nothing is null, so that every row has the same length.
COLUMNS = {
    "id": ("kept.customer_id", "bigint"),
    "orders": ("coalesce(scored.orders, 0)", "integer"),
    "revenue": ("coalesce(scored.revenue, 0)", "bigint"),
    "age": ("coalesce(extract(epoch FROM %(at)s - scored.first_at) / 86400, 0)", "float8"),
    "silent": ("coalesce(extract(epoch FROM %(at)s - scored.last_at) / 86400, 0)", "float8"),
    "last_on": ("coalesce(scored.last_on - DATE '2000-01-01', -1)", "integer"),
    "gaps": ("coalesce(scored.gaps, 0)", "integer"),
    "log_gaps": ("coalesce(scored.log_gaps, 0)", "float8"),
    "log_squares": ("coalesce(scored.log_squares, 0)", "float8"),
    "recency": ("coalesce(scored.recency, 0)", "smallint"),
    "frequency": ("coalesce(scored.frequency, 0)", "smallint"),
    "monetary": ("coalesce(scored.monetary, 0)", "smallint"),
    "kept_class": ("coalesce(array_position(%(classes)s::text[], kept.rfm_class::text), 0)", "smallint"),
    "kept_recency": ("coalesce(kept.recency_score, 0)", "smallint"),
    "kept_frequency": ("coalesce(kept.frequency_score, 0)", "smallint"),
    "kept_monetary": ("coalesce(kept.monetary_score, 0)", "smallint"),
    "kept_next": ("coalesce(kept.next_order_on - DATE '2000-01-01', -1)", "integer"),
    "kept_risk": ("coalesce(kept.lapse_risk * 100, -1)", "smallint"),
    "kept_value": ("coalesce(kept.lifetime_value, -1)", "bigint"),
}
QUERY = SQL.format(columns=", ".join(f"({code})::{kind}" for code, kind in COLUMNS.values()))
# COPY's binary format: each row tells how many columns it has, and before each how long it is.
TYPES = {"bigint": ">i8", "integer": ">i4", "smallint": ">i2", "float8": ">f8"}
ROW = np.dtype(
    [("columns", ">i2")]
    + [
        field
        for name, (_code, kind) in COLUMNS.items()
        for field in ((f"length of {name}", ">i4"), (name, TYPES[kind]))
    ]
)
HEADER, TRAILER = 19, 2  # bytes before and after the rows


@dataclass(frozen=True)
class Histories:
    """Arrays of one length, in the order of customer ids; those without an order (any more) have 0 `orders`.

    `age` and `silent` are days since the first and the last order; `last_on` the day of the last order, counted from
    2000-01-01; `gaps` the number of stretches between days with orders, `log_gaps` and `log_squares` the sums of the
    logarithms of their lengths in days and of their squares. `revenue` is in minor units. Scores are 1 to 5, 0: none.
    `kept` is what the roll-up rows say now, as `predicting.Predictions.written` has it.
    """

    id: Whole
    orders: Whole
    revenue: Whole
    age: Floats
    silent: Floats
    last_on: Whole
    gaps: Whole
    log_gaps: Floats
    log_squares: Floats
    recency: Whole
    frequency: Whole
    monetary: Whole
    kept: Whole

    @property
    def active(self) -> Floats:
        """Days from the first to the last order."""
        return self.age - self.silent

    def only(self, wanted: NDArray[np.bool_]) -> "Histories":
        return Histories(**{field.name: getattr(self, field.name)[..., wanted] for field in fields(self)})


def read(at: datetime, zone: ZoneInfo) -> Histories:
    """The histories of all living customers before `at`, and of those whose forecasts must go."""
    values = {"at": at, "zone": zone.key, "classes": list(RfmClass.values)}
    data = bytearray()
    command = connection.ops.compose_sql(f"COPY ({QUERY}) TO STDOUT (FORMAT BINARY)", values)  # type: ignore[attr-defined]
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for block in copy:
            data += block
    rows = np.frombuffer(data, ROW, (len(data) - HEADER - TRAILER) // ROW.itemsize, HEADER)
    plain: dict[str, Any] = {
        name: rows[name].astype(np.float64 if kind == "float8" else np.int64)
        for name, (_code, kind) in COLUMNS.items()
    }
    kept = np.stack([plain.pop(name) for name in COLUMNS if name.startswith("kept_")])
    return Histories(kept=kept, **plain)
