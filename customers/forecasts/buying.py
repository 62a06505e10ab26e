"""How often somebody will order again, and whether she still orders at all: the MBG/NBD model.

Customers order by chance at a rate of their own as long as they are with us; after every order, the first one too,
each leaves for good with a probability of her own. Rates are gamma distributed over the customers, probabilities
beta distributed. It is the BG/NBD model of Fader, Hardie and Lee (Marketing Science 24(2), 2005) with the change of
Batislam, Denizel and Filiztekin (Int. J. of Research in Marketing 24(3), 2007): in the original nobody leaves after
the first order, so that everybody with a single one would count as present for ever.

Likelihood and expectation are derived anew here, and the tests hold them against sums and a simulation. Of
somebody with `again` orders after the first, the last of them `active` days after it, who is looked at `age` days
after it:

    given rate l and probability p:  l^again (1-p)^again [(1-p) exp(-l age) + p exp(-l active)]
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import optimize, special

from customers.forecasts.histories import Floats

SAMPLE = 50_000  # customers that are fitted to: more change the third digit and take their time
FEW = 2_000  # on which the best of several starts is found
BOUNDS = ((-5.0, 5.0), (-2.0, 9.0), (-7.0, 5.0), (-7.0, 7.0))  # of the logarithms: no parameter runs away
STARTS = ((0.0, 4.0, -1.0, 1.0), (-0.5, 3.0, 0.0, 1.0), (0.0, 5.0, -2.0, 0.0))


class Buying(NamedTuple):
    """`shape` and `days` of the gamma distribution of rates (orders a day), `leaves` and `stays` of the beta
    distribution of the probability to leave after an order."""

    shape: float
    days: float
    leaves: float
    stays: float

    def present(self, again: Floats, active: Floats, age: Floats) -> Floats:
        """The probability that she has not left."""
        powers = (self.shape + again) * (np.log(self.days + age) - np.log(self.days + active))
        odds = np.log(self.leaves) - np.log(self.stays + again) + powers
        return np.asarray(special.expit(-odds), dtype=np.float64)

    def orders(self, again: Floats, active: Floats, age: Floats, days: float) -> Floats:
        """The expected number of orders in the next `days`.

        The hypergeometric function is taken after Euler's transformation (DLMF 15.8.1), whose parameters stay small
        for those with hundreds of orders.
        """
        leaves = self.leaves if abs(self.leaves - 1) > 1e-6 else 1 + 1e-6  # a removable gap
        total = leaves + self.stays + again
        part = days / (self.days + age + days)
        series = special.hyp2f1(leaves + self.stays - self.shape, leaves - 1, total, part)
        staying = total / (leaves - 1) * (1 - (1 - part) ** (leaves - 1) * series)
        return np.asarray(np.maximum(self.present(again, active, age) * staying, 0))

    def returning(self, again: Floats, active: Floats, age: Floats, days: float) -> Floats:
        """The probability of at least one order in the next `days`."""
        none = ((self.days + age) / (self.days + age + days)) ** (self.shape + again)
        return np.asarray(self.present(again, active, age) * (1 - none))


def fit(again: Floats, active: Floats, age: Floats) -> Buying | None:
    """The parameters that make these histories likeliest; None when nothing better than a first guess is found."""
    few = _part(FEW, again, active, age)
    tried = [_descent(start, few) for start in STARTS]
    start, best = min(tried, key=lambda found: found[1])
    if not np.isfinite(best):
        return None
    logs, best = _descent(start, _part(SAMPLE, again, active, age))
    return Buying(*(float(value) for value in np.exp(logs))) if np.isfinite(best) else None


def _part(most: int, *figures: Floats) -> tuple[Floats, ...]:
    """Evenly spread over all."""
    places = np.linspace(0, len(figures[0]) - 1, min(len(figures[0]), most)).astype(int)
    return tuple(each[places] for each in figures)


def _descent(start: Sequence[float], figures: tuple[Floats, ...]) -> tuple[list[float], float]:
    found = optimize.minimize(_surprise, start, figures, method="L-BFGS-B", bounds=BOUNDS)
    return list(found.x), float(found.fun)


def _surprise(logs: Floats, again: Floats, active: Floats, age: Floats) -> float:
    """The mean negative log-likelihood, less what no parameter changes."""
    shape, days, leaves, stays = np.exp(logs)
    rates = special.gammaln(shape + again) - special.gammaln(shape) + shape * np.log(days)
    beta = special.betaln(leaves, stays)
    here = special.betaln(leaves, stays + again + 1) - (shape + again) * np.log(days + age)
    gone = special.betaln(leaves + 1, stays + again) - (shape + again) * np.log(days + active)
    return float(-np.mean(rates - beta + np.logaddexp(here, gone)))
