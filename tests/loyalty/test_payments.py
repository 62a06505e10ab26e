"""Points as payment: held, spent, released, given back, at the rate of their day."""

import pytest

from customers import merging
from loyalty import books
from loyalty.models import PointsPayment, Reward
from loyalty.rewards import payments
from loyalty.rewards.refusals import Refused
from tests.factories import UserFactory
from tests.loyalty import points
from tests.loyalty.points import DAY, NOON, free
from tests.loyalty.rewards import basket, reward

pytestmark = pytest.mark.django_db


@pytest.fixture
def rate() -> Reward:
    return reward(points.program(), "money", points=100, amount=100, currency="EUR")


@pytest.fixture
def anna(rate: Reward) -> int:
    anna = points.person()
    points.give(rate.program, anna, 250, ends=NOON + 30 * DAY)
    return anna


def red() -> list[str]:
    return [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green]


def test_a_basket_is_held_spent_and_given_back(rate: Reward, anna: int) -> None:
    held = payments.hold(basket(rate, anna, 230), NOON)
    assert (held.amount, held.currency, free(rate.program, anna)) == (230, "EUR", 20)
    spent = payments.spend(held.pk, NOON, "order 9")
    assert payments.spend(held.pk, NOON).spend_id == spent.spend_id
    assert free(rate.program, anna) == 20
    assert red() == []
    for _twice in range(2):
        assert payments.refund(held.pk, NOON).state == "refunded"
    assert free(rate.program, anna) == 250
    with pytest.raises(Refused, match="refunded"):
        payments.spend(held.pk, NOON)
    assert red() == []


def test_a_basket_that_is_given_up_frees_its_points(rate: Reward, anna: int) -> None:
    held = payments.hold(basket(rate, anna, 200), NOON)
    payments.release(held.pk, NOON)
    assert free(rate.program, anna) == 250
    with pytest.raises(Refused, match="released"):
        payments.spend(held.pk, NOON)
    with pytest.raises(Refused, match="not_spent"):
        payments.refund(held.pk, NOON)


def test_a_key_holds_once_and_for_one_wish(rate: Reward, anna: int) -> None:
    first = payments.hold(basket(rate, anna, 100, "b"), NOON)
    assert payments.hold(basket(rate, anna, 100, "b"), NOON).pk == first.pk
    with pytest.raises(Refused, match="other"):
        payments.hold(basket(rate, anna, 101, "b"), NOON)
    assert PointsPayment.objects.count() == 1


def test_what_a_hold_keeps_cannot_be_held_again(rate: Reward, anna: int) -> None:
    payments.hold(basket(rate, anna, 200), NOON)
    with pytest.raises(Refused) as why:
        payments.hold(basket(rate, anna, 170), NOON)
    assert why.value.reason == "120 points are missing."
    payments.hold(basket(rate, anna, 170), NOON + DAY)  # the first one ended in the night


def test_worth_is_rounded_down_and_never_nothing(rate: Reward, anna: int) -> None:
    rate.points, rate.amount = 300, 100
    assert payments.worth(rate, 299) == 99
    with pytest.raises(Refused) as why:
        payments.hold(basket(rate, anna, 2), NOON)
    assert why.value.mend == "Take at least 3 points."


def test_without_a_clear_rate_nothing_is_paid(rate: Reward) -> None:
    assert payments.rate_of(rate.program) == rate
    reward(rate.program, "money")
    with pytest.raises(Refused, match="no_rate"):
        payments.rate_of(rate.program)
    assert payments.rate_of(rate.program, rate.pk) == rate


def test_of_merged_customers_open_holds_are_given_up(rate: Reward, anna: int) -> None:
    held, berta = payments.hold(basket(rate, anna, 200), NOON), points.person()
    merging.merge(anna, berta, UserFactory(), NOON)
    assert PointsPayment.objects.get(pk=held.pk).state == "released"
    assert free(rate.program, berta) == 250
