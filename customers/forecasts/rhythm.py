"""When somebody is likely to order next, if she does: her own usual gap between orders, drawn to that of everybody.

Logarithms of gaps vary around a mean of her own, and these around a common one (one-way random effects, variances by
the analysis of variance: Searle, Casella and McCulloch, "Variance Components", 1992, chapter 3). Her estimate is the
posterior mean, weighted by how many gaps she has (empirical Bayes: Efron and Morris, J. of the American Statistical
Association 70, 1975). Of a log-normal gap it is the median, so half of such orders should come before.
"""

from typing import NamedTuple

import numpy as np

from customers.forecasts.histories import Floats


class Rhythm(NamedTuple):
    """The common mean of the logarithms, the variance within people and that between them."""

    mean: float
    within: float
    between: float

    def days(self, gaps: Floats, log_gaps: Floats) -> Floats:
        """Her usual gap in days."""
        weight = self.between / (self.between + self.within / gaps)
        return np.asarray(np.exp(self.mean + weight * (log_gaps / gaps - self.mean)))


def fit(gaps: Floats, log_gaps: Floats, log_squares: Floats) -> Rhythm | None:
    """From the sums over the gaps of each, who all have one at least; None when nobody has two."""
    people, everything = len(gaps), float(gaps.sum())
    if people < 2 or everything <= people:
        return None
    means = log_gaps / gaps
    within = float(np.maximum(log_squares - gaps * means**2, 0).sum() / (everything - people))
    common = float(log_gaps.sum() / everything)
    between_squares = float((gaps * (means - common) ** 2).sum() / (people - 1))
    usual = (everything - float((gaps**2).sum()) / everything) / (people - 1)
    between = max((between_squares - within) / usual, 0.0)
    within = max(within, 1e-9)  # all as regular as clockwork
    weights = 1 / (between + within / gaps)
    return Rhythm(float((weights * means).sum() / weights.sum()), within, between)
