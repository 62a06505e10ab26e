"""From histories to what is said of every customer, or why nothing is."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from customers.forecasts import buying, rfm, rhythm, spending
from customers.forecasts.buying import Buying
from customers.forecasts.histories import NONE, Floats, Histories, Whole
from customers.forecasts.rhythm import Rhythm
from customers.forecasts.spending import Spending
from customers.models import ForecastBasis

HORIZON = 365  # days that lapse risk and lifetime value look ahead
FEWEST_CUSTOMERS = 25  # with orders, five to a fifth
FEWEST_REPEAT_BUYERS = 100  # below, parameters of the models vary by more than they say
Lack = ForecastBasis.Lack


class Models(NamedTuple):
    """What was fitted to all histories; no rhythm where nobody has two gaps between orders."""

    buying: Buying
    spending: Spending
    rhythm: Rhythm | None

    def plain(self) -> dict[str, Any]:
        return {name: model and model._asdict() for name, model in self._asdict().items()}


@dataclass(frozen=True)
class Predictions:
    """`written` has a row per column of the roll-up: place of the class, the three scores (0: none), the day of the
    next order counted from 2000-01-01, the lapse risk in hundredths, the value in minor units (-1: none)."""

    written: Whole
    lack: Lack
    models: Models | None


def predict(histories: Histories) -> Predictions:
    """For all customers at once."""
    buyers = int((histories.orders > 0).sum())
    if buyers < FEWEST_CUSTOMERS:
        return Predictions(_nothing(len(histories.id)), Lack.CUSTOMERS, None)
    written = _nothing(len(histories.id))
    scores = histories.recency, histories.frequency, histories.monetary
    written[:4] = rfm.classify(histories.orders, *scores), *scores
    models, lack = fit(histories)
    if models is not None:
        written[4:] = _forecasts(models, histories)
    return Predictions(written, lack, models)


def fit(histories: Histories) -> tuple[Models | None, Lack]:
    """None, and what is lacking, rather than parameters that rest on too little."""
    if (histories.orders > 1).sum() < FEWEST_REPEAT_BUYERS:
        return None, Lack.REPEAT_BUYERS
    bought, stepped = histories.orders > 0, histories.gaps > 0
    number, active, age = counts(histories)
    bought_model = buying.fit(number[bought] - 1, active[bought], age[bought])
    spent_model = spending.fit(number[bought], mean_value(histories)[bought])
    if bought_model is None or spent_model is None:
        return None, Lack.FIT
    sums = histories.gaps[stepped].astype(float), histories.log_gaps[stepped], histories.log_squares[stepped]
    return Models(bought_model, spent_model, rhythm.fit(*sums)), Lack.NOTHING


def counts(histories: Histories) -> tuple[Floats, Floats, Floats]:
    """Orders (1 in the place of none), days from the first to the last, days since the first."""
    return np.maximum(histories.orders, 1).astype(float), histories.active, histories.age


def mean_value(histories: Histories) -> Floats:
    """What an order came to, refunds taken off; not below 0."""
    return np.maximum(histories.revenue / np.maximum(histories.orders, 1), 0)


def value(models: Models, histories: Histories, days: float) -> Floats:
    """The expected value of the orders of the next `days`, in minor units."""
    number, active, age = counts(histories)
    orders = models.buying.orders(number - 1, active, age, days)
    return orders * models.spending.value(number, mean_value(histories))


def _forecasts(models: Models, histories: Histories) -> Whole:
    bought = histories.orders > 0
    number, active, age = counts(histories)
    risk = np.rint(100 * (1 - models.buying.returning(number - 1, active, age, HORIZON))).astype(np.int64)
    worth = rounded(value(models, histories, HORIZON))
    return np.stack(
        [
            _next_order(models.rhythm, histories),
            np.where(bought, risk, NONE),
            np.where(bought, worth, NONE),
        ]
    )


def _next_order(model: Rhythm | None, histories: Histories) -> Whole:
    """The day of the next order; none for those who ordered on one day only."""
    if model is None:
        return np.full(len(histories.id), NONE, dtype=np.int64)
    gaps = np.maximum(histories.gaps, 1).astype(float)
    usual = np.maximum(np.rint(model.days(gaps, histories.log_gaps)), 1).astype(np.int64)
    return np.where((histories.orders > 0) & (histories.gaps > 0), histories.last_on + usual, NONE)


def rounded(amounts: Floats) -> Whole:
    """To two digits: no more is known, and a forecast that moves by less is not written again."""
    size = 10.0 ** np.maximum(np.floor(np.log10(np.maximum(amounts, 1))) - 1, 0)
    return np.asarray(np.rint(amounts / size) * size, dtype=np.int64)


def _nothing(length: int) -> Whole:
    written = np.zeros((7, length), dtype=np.int64)
    written[4:] = NONE
    return written
