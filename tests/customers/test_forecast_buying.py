"""Orders to come and the probability to come back: right by sums, by simulation, and at the edges of the numbers."""

import math

import numpy as np
import pytest
from scipy import stats

from customers.forecasts import buying
from customers.forecasts.buying import Buying
from tests.customers import histories

MODEL = Buying(0.7, 40.0, 0.6, 2.5)
PEOPLE = [(0, 0.0, 10.0), (0, 0.0, 400.0), (3, 90.0, 100.0), (3, 20.0, 400.0), (40, 390.0, 400.0)]


def one(function: str, model: Buying, person: tuple[float, float, float], *more: float) -> float:
    """Of a single customer."""
    return float(getattr(model, function)(*(np.array([float(part)]) for part in person), *more)[0])


def summed(model: Buying, person: tuple[float, float, float], days: float) -> tuple[float, float, float]:
    """Presence, expected orders and probability to order, over a fine grid of rates and probabilities to leave."""
    again, active, age = person
    shares = (np.arange(3_000) + 0.5) / 3_000
    rate = stats.gamma(model.shape, scale=1 / model.days).ppf(shares)[:, None]
    leaving = stats.beta(model.leaves, model.stays).ppf(shares)[None, :]
    both = rate**again * (1 - leaving) ** again
    here = both * (1 - leaving) * np.exp(-rate * age)
    gone = both * leaving * np.exp(-rate * active)
    more = here * -np.expm1(-rate * leaving * days) / leaving
    whole = float((here + gone).sum())
    return (
        float(here.sum()) / whole,
        float(more.sum()) / whole,
        float((here * -np.expm1(-rate * days)).sum()) / whole,
    )


@pytest.mark.parametrize("person", PEOPLE[:4])
def test_formulas_equal_sums_over_all_customers_there_could_be(
    person: tuple[float, float, float],
) -> None:
    present, orders, returning = summed(MODEL, person, 90)
    assert one("present", MODEL, person) == pytest.approx(present, rel=2e-3)
    assert one("orders", MODEL, person, 90) == pytest.approx(orders, rel=2e-3)
    assert one("returning", MODEL, person, 90) == pytest.approx(returning, rel=2e-3)


def test_what_was_simulated_is_found_again_and_its_future_foretold() -> None:
    truth = Buying(0.8, 30.0, 0.7, 2.4)
    times = histories.simulated(6_000, *truth)
    known = histories.figures(times, 300)
    found = buying.fit(*known)
    assert found is not None
    assert found.shape / found.days == pytest.approx(truth.shape / truth.days, rel=0.1)
    assert found.leaves / (found.leaves + found.stays) == pytest.approx(0.7 / 3.1, rel=0.1)
    later = histories.figures(times, 500)[0] - known[0]
    expected = found.orders(*known, 200)
    assert expected.sum() == pytest.approx(later.sum(), rel=0.05)
    back = found.returning(*known, 200)
    for low, high in ((0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.01)):
        these = (back >= low) & (back < high)
        assert back[these].mean() == pytest.approx((later[these] > 0).mean(), abs=0.05)


def test_who_falls_silent_is_less_and_less_likely_to_come_back() -> None:
    silent = [one("returning", MODEL, (9, 90, 90 + days), 365) for days in (1, 30, 90, 200, 400)]
    assert silent == sorted(silent, reverse=True)
    assert silent[0] > 0.8 > 0.1 > silent[-1]
    seldom = one("returning", MODEL, (1, 90, 90 + 200), 365)
    assert seldom > silent[3]  # for her 200 days are not long


@pytest.mark.parametrize("leaves", [0.001, 0.5, 1 - 1e-9, 1.0, 1 + 1e-9, 2.0, 100.0])
@pytest.mark.parametrize("person", [*PEOPLE, (5_000, 3_000.0, 3_001.0), (300, 1.0, 9_000.0), (0, 0.0, 0.0)])
def test_numbers_stay_within_reason(leaves: float, person: tuple[float, float, float]) -> None:
    model = MODEL._replace(leaves=leaves)
    orders = one("orders", model, person, 365)
    assert 0 <= one("returning", model, person, 365) <= one("present", model, person) <= 1
    most = (model.shape + person[0]) / (model.days + person[2]) * 365  # nobody leaves
    assert 0 <= orders <= most * 1.001
    assert orders >= one("returning", model, person, 365) * 0.999


def test_a_probability_to_leave_of_nearly_one_is_no_jump() -> None:
    near = [
        one("orders", MODEL._replace(leaves=leaves), (3, 20.0, 60.0), 365) for leaves in (0.99, 1.0, 1.01)
    ]
    assert near[0] > near[1] > near[2]
    assert near[1] == pytest.approx((near[0] + near[2]) / 2, rel=1e-3)


@pytest.mark.parametrize(
    "alike",
    [(0.0, 0.0, 10.0), (1.0, 10.0, 10.0), (500.0, 0.0, 400.0), (3.0, 1e-6, 1e-6), (1.0, 4_000.0, 9_000.0)],
)
def test_a_fit_to_people_who_are_all_alike_does_not_explode(alike: tuple[float, float, float]) -> None:
    found = buying.fit(*(np.full(200, part) for part in alike))
    assert found is not None
    assert all(math.isfinite(part) and part > 0 for part in found)
    assert math.isfinite(one("orders", found, alike, 365))
