"""What an order of hers is worth: the Gamma-Gamma model of Fader and Hardie ("The Gamma-Gamma Model of Monetary Value",
2013). The fewer orders she has, the more her mean is drawn to that of all; it takes value and number of orders to be
independent."""

from typing import NamedTuple

import numpy as np
from scipy import optimize, special

from customers.forecasts.histories import Floats

SAMPLE = 50_000
BOUNDS = ((-3.0, 6.0), (-3.0, 6.0), (-6.0, 8.0))
START = (1.0, 1.0, 1.0)


class Spending(NamedTuple):
    """Orders are gamma distributed with shape `orders`; their scale is so too, with shape `people` and rate `unit`."""

    orders: float
    people: float  # above 1, else nobody would have a mean
    unit: float

    def value(self, number: Floats, mean: Floats) -> Floats:
        """The expected value of an order of somebody with `number` orders of this mean."""
        return self.orders * (self.unit + number * mean) / (self.orders * number + self.people - 1)


def fit(number: Floats, mean: Floats) -> Spending | None:
    """From customers whose orders came to something; None when there are none."""
    paid = mean > 0
    if not paid.any():
        return None
    number, mean = number[paid], mean[paid]
    part = np.linspace(0, len(mean) - 1, min(len(mean), SAMPLE)).astype(int)
    usual = float(np.median(mean))
    figures = number[part], mean[part] / usual
    found = optimize.minimize(_surprise, START, figures, method="L-BFGS-B", bounds=BOUNDS)
    if not np.isfinite(found.fun):
        return None
    orders, people, unit = (float(value) for value in np.exp(found.x))
    return Spending(orders, 1 + people, unit * usual)


def _surprise(logs: Floats, number: Floats, mean: Floats) -> float:
    """The mean negative log-likelihood, less what no parameter changes."""
    orders, people, unit = np.exp(logs)
    people, shape = people + 1, orders * number
    weights = special.gammaln(shape + people) - special.gammaln(shape) - special.gammaln(people)
    spent = shape * np.log(mean * number) + people * np.log(unit)
    return float(-np.mean(weights + spent - (shape + people) * np.log(unit + number * mean)))
