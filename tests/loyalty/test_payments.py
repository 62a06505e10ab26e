"""Points as payment: held, spent, released, given back, at the rate of their day."""

from collections import Counter
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import merging
from loyalty import books
from loyalty.models import Lot, PointsPayment, Reward
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


def test_refunds_in_parts_give_back_their_share_and_the_last_one_the_rest(rate: Reward, anna: int) -> None:
    held = spent(rate, anna, 100)
    for amount, back in [(1000, 33), (1000, 66), (1000, 100)]:
        paid = payments.refund_part(held, amount, 3000, NOON)
        assert (paid.given_back, free(rate.program, anna)) == (back, 150 + back)
        assert red() == []
    assert paid.state == "refunded"
    with pytest.raises(Refused, match="refunded"):
        payments.refund_part(held, 1, 3000, NOON)


def test_after_a_part_the_whole_gives_back_what_is_left(rate: Reward, anna: int) -> None:
    held = spent(rate, anna, 100)
    payments.refund_part(held, 1000, 3000, NOON)
    assert payments.refund(held, NOON).given_back == 100
    assert free(rate.program, anna) == 250
    assert red() == []


def test_a_refund_of_another_total_or_of_too_much_is_refused(rate: Reward, anna: int) -> None:
    held = payments.hold(basket(rate, anna, 100), NOON)
    with pytest.raises(Refused, match="not_spent"):
        payments.refund_part(held.pk, 1000, 3000, NOON)
    payments.spend(held.pk, NOON)
    payments.refund_part(held.pk, 1000, 3000, NOON)
    with pytest.raises(Refused, match="total") as why:
        payments.refund_part(held.pk, 1000, 3001, NOON)
    assert why.value.sentence == "An earlier refund of this order said that it came to €30.00."
    with pytest.raises(Refused, match="too_much") as why:
        payments.refund_part(held.pk, 2001, 3000, NOON)
    assert why.value.sentence == "Only €20.00 of this order has not been refunded yet."
    assert free(rate.program, anna) == 183


LATE = NOON + 10 * DAY
parts = st.lists(st.integers(1, 400), min_size=1, max_size=6)
lots = st.lists(
    st.tuples(st.integers(1, 60), st.sampled_from([None, NOON + DAY, NOON + 30 * DAY])),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lots=lots, parts=parts, kept=st.integers(0, 20))
def test_however_a_refund_is_split_the_same_points_come_back_with_the_same_ends(
    rate: Reward, lots: list[tuple[int, datetime | None]], parts: list[int], kept: int
) -> None:
    """`kept` of the order is never refunded: the split is compared with one refund, not with all of it."""
    people = [points.person(), points.person()]
    for person, amounts in zip(people, [parts, [sum(parts)]], strict=True):
        for number, (many, ends) in enumerate(lots):
            points.give(rate.program, person, many, f"{person}/{number}", ends=ends)
        held = spent(rate, person, sum(many for many, _ends in lots))
        for amount in amounts:
            payments.refund_part(held, amount, sum(parts) + kept, LATE)
    split, whole = (came_back(person) for person in people)
    assert split == whole
    assert sum(whole.values()) == sum(many for many, _ends in lots) * sum(parts) // (sum(parts) + kept)
    assert red() == []


def came_back(person: int) -> dict[datetime | None, int]:
    """Points by their end."""
    found = Counter[datetime | None]()
    for lot in Lot.objects.filter(account__customer=person, entry__kind="reverse"):
        found[lot.expires_at] += lot.granted
    return dict(found)


def test_points_whose_end_has_come_can_be_spent_for_a_while(rate: Reward) -> None:
    berta = points.person()
    points.give(rate.program, berta, 100, "short", ends=NOON + DAY)
    held = spent(rate, berta, 100)
    payments.refund_part(held, 1, 2, LATE)
    assert free(rate.program, berta, LATE + 29 * DAY) == 50
    assert free(rate.program, berta, LATE + 30 * DAY) == 0


def spent(rate: Reward, person: int, many: int) -> int:
    held = payments.hold(basket(rate, person, many), NOON)
    return payments.spend(held.pk, NOON).pk


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
    with pytest.raises(Refused, match="other_request"):
        payments.hold(basket(rate, anna, 101, "b"), NOON)
    assert PointsPayment.objects.count() == 1


def test_what_a_hold_keeps_cannot_be_held_again(rate: Reward, anna: int) -> None:
    payments.hold(basket(rate, anna, 200), NOON)
    with pytest.raises(Refused) as why:
        payments.hold(basket(rate, anna, 170), NOON)
    assert why.value.sentence == "120 points are missing."
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
