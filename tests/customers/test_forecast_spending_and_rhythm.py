"""What an order is worth and when it is due: her own figures, drawn to those of everybody as far as they are few."""

import numpy as np
import pytest

from customers.forecasts import rhythm, spending
from customers.forecasts.spending import Spending


def test_what_was_simulated_is_found_again() -> None:
    chance = np.random.default_rng(20261123)
    number = chance.integers(1, 12, 8_000).astype(float)
    scale = chance.gamma(4.0, 1 / 1_500.0, 8_000)
    mean = chance.gamma(3.0 * number, 1 / (scale * number))
    found = spending.fit(number, mean)
    assert found is not None
    assert found.orders == pytest.approx(3.0, rel=0.1)
    assert found.people == pytest.approx(4.0, rel=0.1)
    assert found.orders * found.unit / (found.people - 1) == pytest.approx(3.0 * 1_500 / 3, rel=0.05)


def test_few_orders_are_drawn_to_the_mean_of_all_and_many_are_not() -> None:
    model = Spending(3.0, 4.0, 1_500.0)
    everybody = 3.0 * 1_500 / 3
    values = [
        float(model.value(np.array([number]), np.array([10_000.0]))[0]) for number in (1.0, 2.0, 5.0, 500.0)
    ]
    assert everybody < values[0] < values[1] < values[2] < values[3] < 10_000
    assert values[3] == pytest.approx(10_000, rel=0.01)


def test_orders_that_came_to_nothing_say_nothing_of_the_others() -> None:
    number, mean = np.array([1.0, 2.0, 3.0] * 50), np.array([0.0, 900.0, 1_100.0] * 50)
    found = spending.fit(number, mean)
    assert found == spending.fit(number[mean > 0], mean[mean > 0])
    assert spending.fit(number, np.zeros(150)) is None


def sums(people: list[list[int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    logs = [np.log(np.array(each, dtype=float)) for each in people]
    return (
        np.array([float(len(each)) for each in logs]),
        np.array([each.sum() for each in logs]),
        np.array([(each**2).sum() for each in logs]),
    )


def test_the_variances_are_those_that_gaps_were_drawn_with() -> None:
    chance = np.random.default_rng(1)
    own = chance.normal(3.5, 0.8, 3_000)
    people = [list(np.exp(chance.normal(mean, 0.5, chance.integers(1, 9)))) for mean in own]
    found = rhythm.fit(*sums(people))
    assert found is not None
    assert found.mean == pytest.approx(3.5, abs=0.05)
    assert found.within == pytest.approx(0.25, rel=0.05)
    assert found.between == pytest.approx(0.64, rel=0.1)


def test_her_rhythm_counts_for_more_the_more_often_she_ordered() -> None:
    model = rhythm.Rhythm(np.log(60.0), 0.5, 0.5)
    once, often = (float(model.days(np.array([n]), np.array([n * np.log(10.0)]))[0]) for n in (1.0, 20.0))
    assert 10 < often < 12
    assert often < once < 60
    assert once == pytest.approx((10 * 60) ** 0.5)


@pytest.mark.parametrize(
    ("people", "usual"), [([[30, 30]] * 5, 30.0), ([[7, 7, 7]] * 3 + [[28, 28]] * 3, 7.0)]
)
def test_clockwork_is_continued(people: list[list[int]], usual: float) -> None:
    gaps, logs, squares = sums(people)
    found = rhythm.fit(gaps, logs, squares)
    assert found is not None
    assert float(found.days(gaps, logs)[0]) == pytest.approx(usual, rel=0.01)


def test_single_gaps_say_nothing_of_how_much_one_varies() -> None:
    assert rhythm.fit(*sums([[10], [20], [30]])) is None
    assert rhythm.fit(*sums([[10, 20]])) is None
    assert rhythm.fit(*sums([])) is None
