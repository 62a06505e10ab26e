"""How good the forecasts are: made as of a day in the past, held against what came after, and against naive guesses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from scipy.stats import rankdata, spearmanr

from customers.forecasts import histories, predicting, rhythm
from customers.forecasts.histories import Floats, Histories
from customers.forecasts.predicting import Models
from customers.models import ForecastBasis

SHORTEST = (
    30.0  # days that a past frequency is taken over at least: a week old customer is not one of daily orders
)
PERIOD = """
    SELECT customer_id, count(*) FILTER (WHERE kind = 'order'), sum(base_total) FROM customers_order
    WHERE customer_id = ANY(%s) AND placed_at >= %s AND placed_at < %s GROUP BY customer_id
"""
# Of everybody with two gaps or more between days with orders: the sums over all but the last, and the last.
GAPS = """
    WITH days AS (
        SELECT DISTINCT customer_id, (placed_at AT TIME ZONE %s)::date AS day FROM customers_order
        WHERE customer_id IS NOT NULL AND kind = 'order' AND placed_at < %s
    ), gaps AS (
        SELECT customer_id, day - lag(day) OVER mine AS gap, lead(day) OVER mine IS NULL AS last FROM days
        WINDOW mine AS (PARTITION BY customer_id ORDER BY day)
    )
    SELECT count(*) FILTER (WHERE NOT last)::float8, sum(ln(gap)) FILTER (WHERE NOT last)::float8,
           sum(ln(gap) ^ 2) FILTER (WHERE NOT last)::float8, sum(gap) FILTER (WHERE NOT last)::float8,
           max(gap) FILTER (WHERE last)::float8
    FROM gaps WHERE gap IS NOT NULL GROUP BY customer_id HAVING count(*) > 1 ORDER BY customer_id
"""


@dataclass(frozen=True)
class Guess:
    """One way to guess a figure of every customer. `rank` is Spearman's correlation with what came, `level` what was
    guessed of all together by what came, `error` the mean absolute error."""

    name: str
    rank: float
    level: float
    error: float


@dataclass(frozen=True)
class Evaluation:
    """`returned` is the share of the customers who ordered in the period. `areas`: how often she who stays away is
    told from her who comes back (AUC). `brier` are mean squared errors of the
    probability to come back. `tenths` are (expected, real) orders per customer, by expectation. `gaps` are mean
    absolute errors in days of the last gap, `half` the share of last gaps that were no longer than expected."""

    customers: int
    repeat_buyers: int
    models: Models
    orders: list[Guess]
    value: list[Guess]
    returned: float
    expected_to_return: float
    areas: dict[str, float]
    brier: dict[str, float]
    tenths: list[tuple[float, float]]
    gaps: dict[str, float]
    half: float | None


class Unfit(Exception):
    """There are no forecasts as of that day; the message says why."""


def evaluate(at: datetime, days: int, zone: ZoneInfo) -> Evaluation:
    """Forecasts as of `at` for the `days` after it. Raises Unfit where there is too little to go by."""
    found = histories.read(at, zone)
    found = found.only(found.orders > 0)
    models, lack = predicting.fit(found)
    if models is None:
        raise Unfit(str(ForecastBasis.Lack(lack).label))
    span = timedelta(days=days)
    came, brought = _period(found, at, at + span)
    before, spent = _period(found, at - span, at)
    number, active, age = predicting.counts(found)
    history = number - 1, active, age
    back = models.buying.returning(*history, days)
    expected = models.buying.orders(*history, days)
    frequency, spread = number / np.maximum(age, SHORTEST) * days, days / float(age.max())
    away, again = came == 0, (came > 0).astype(float)
    alike = float((before[age > days] > 0).mean()) if (age > days).any() else 0.5
    return Evaluation(
        len(found.id),
        int((found.orders > 1).sum()),
        models,
        [
            _guess("forecast", expected, came),
            _guess("her frequency", frequency, came),
            _guess("the last period again", before, came),
            _guess("all orders, spread", number * spread, came),
        ],
        [
            _guess("forecast", predicting.value(models, found, days), brought),
            _guess("her frequency x her mean order", frequency * predicting.mean_value(found), brought),
            _guess("the last period again", np.maximum(spent, 0), brought),
            _guess("all revenue, spread", np.maximum(found.revenue, 0) * spread, brought),
        ],
        float(again.mean()),
        float(back.mean()),
        {
            "lapse risk": _area(1 - models.buying.returning(*history, predicting.HORIZON), away),
            "probability to have left": _area(1 - models.buying.present(*history), away),
            "days since the last order": _area(found.silent, away),
        },
        {
            "forecast": _brier(back, again),
            "the last period again": _brier((before > 0).astype(float), again),
            "everybody alike": _brier(np.full_like(again, alike), again),
        },
        _tenths(expected, came),
        *_gaps(at, zone),
    )


def _period(found: Histories, since: datetime, until: datetime) -> tuple[Floats, Floats]:
    """Orders and revenue of each customer in a stretch of time."""
    with connection.cursor() as cursor:
        cursor.execute(PERIOD, [found.id.tolist(), since, until])
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    values = np.array([rows.get(pk, (0, 0)) for pk in found.id.tolist()], dtype=np.float64)
    return values[:, 0], values[:, 1]


def _guess(name: str, guessed: Floats, came: Floats) -> Guess:
    rank = float(spearmanr(guessed, came)[0])
    return Guess(name, rank, float(guessed.sum() / came.sum()), float(np.abs(guessed - came).mean()))


def _area(score: Floats, stayed_away: NDArray[np.bool_]) -> float:
    """The probability that of two, the one who stayed away has the higher score (ties half)."""
    ranks, away = rankdata(score), int(stayed_away.sum())
    return float((ranks[stayed_away].sum() - away * (away + 1) / 2) / (away * (len(score) - away)))


def _brier(probability: Floats, happened: Floats) -> float:
    return float(((probability - happened) ** 2).mean())


def _tenths(expected: Floats, came: Floats) -> list[tuple[float, float]]:
    parts = np.array_split(np.argsort(expected, kind="stable"), 10)
    return [(float(expected[part].mean()), float(came[part].mean())) for part in parts]


def _gaps(at: datetime, zone: ZoneInfo) -> tuple[dict[str, float], float | None]:
    """The last gap of everybody before `at`, guessed from her earlier ones."""
    with connection.cursor() as cursor:
        cursor.execute(GAPS, [zone.key, at])
        rows = np.array(cursor.fetchall(), dtype=np.float64)
    model = rhythm.fit(*rows[:, :3].T) if len(rows) else None
    if model is None:
        return {}, None
    gaps, logs, _squares, total, last = rows.T
    expected = model.days(gaps, logs)
    miss: Callable[[Floats], float] = lambda guessed: float(np.abs(guessed - last).mean())  # noqa: E731
    return {
        "her rhythm": miss(expected),
        "her mean gap": miss(total / gaps),
        "everybody's usual gap": miss(np.full(len(last), np.exp(model.mean))),
    }, float((last <= expected).mean())
