"""Scores are fifths of those who ordered, equal figures have equal scores, and the grid names each pair."""

import numpy as np
import pytest

from customers import stats
from customers.forecasts import histories as reading
from customers.forecasts import rfm
from customers.models import Customer, Order, RfmClass
from tests.customers.histories import AT, ordered
from tests.customers.segment_world import ZONE
from tests.factories import CustomerFactory


def scores(people: list[Customer]) -> dict[str, list[int]]:
    stats.recount(None)
    found = reading.read(AT, ZONE)
    order = {pk: place for place, pk in enumerate(found.id.tolist())}
    return {
        name: [int(getattr(found, name)[order[each.pk]]) for each in people]
        for name in ("recency", "frequency", "monetary")
    }


@pytest.mark.django_db
def test_ten_customers_are_two_to_a_fifth() -> None:
    people = [ordered(*range(10 * n, 11 * n), total=1_000 * n) for n in range(1, 11)]
    found = scores(people)
    assert found["recency"] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert found["frequency"] == found["monetary"] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


@pytest.mark.django_db
def test_equal_figures_have_equal_scores() -> None:
    once = [ordered(40 + n) for n in range(7)]
    often = [ordered(5, 9), ordered(6, 8), ordered(5, 7, 9)]
    found = scores(once + often)
    assert found["frequency"] == [1] * 7 + [4, 4, 5]


@pytest.mark.django_db
def test_the_merged_the_erased_and_those_without_orders_have_no_place() -> None:
    anna, gone, erased, none = ordered(10), ordered(20), ordered(30), CustomerFactory()
    Customer.objects.filter(pk=gone.pk).update(merged_into=anna)
    Customer.objects.filter(pk=erased.pk).update(erased_at=AT)
    stats.recount([anna.pk, gone.pk, erased.pk, none.pk])
    assert reading.read(AT, ZONE).id.tolist() == [anna.pk]


@pytest.mark.django_db
def test_what_was_taken_back_whole_is_no_order_and_the_rest_is_taken_off() -> None:
    anna = ordered(100, 50, 10, total=5_000)
    whole, part = Order.objects.order_by("placed_at")[1:3]

    def refund(original: Order | None, amount: int) -> None:
        Order.objects.create(
            source="till",
            number=f"R{amount}",
            kind=Order.Kind.REFUND,
            customer=anna,
            refund_of=original,
            placed_at=AT.replace(hour=0),
            currency="EUR",
            base_total=-amount,
        )

    refund(whole, 5_000)
    refund(part, 1_000)
    refund(None, 500)
    stats.recount([anna.pk])
    found = reading.read(AT, ZONE)
    assert found.orders.tolist() == [2]
    assert found.revenue.tolist() == [10_000 - 1_500]
    assert (found.age.tolist(), found.silent.tolist()) == ([100.0], [10.0])
    assert np.exp(found.log_gaps).round().tolist() == [90.0]


@pytest.mark.django_db
def test_orders_of_one_day_are_one_step_and_what_comes_later_is_not_known() -> None:
    ordered(40.0, 39.9, 39.8, 10.0, -3.0)
    stats.recount(None)
    found = reading.read(AT, ZONE)
    assert found.orders.tolist() == [4]
    assert found.gaps.tolist() == [1]
    assert np.exp(found.log_gaps).round().tolist() == [30.0]


def test_every_pair_of_scores_has_a_class_and_every_class_a_pair() -> None:
    named = {
        rfm.ORDER[int(rfm.classify(*(np.array([part]) for part in (orders, recency, worth, worth)))[0]) - 1]
        for orders in (1, 5)
        for recency in range(1, 6)
        for worth in range(1, 6)
    }
    assert named == set(RfmClass.values)


@pytest.mark.parametrize(
    ("orders", "recency", "frequency", "money", "named"),
    [
        (1, 5, 1, 5, "new"),
        (1, 4, 1, 1, "new"),
        (1, 3, 1, 1, "needs_attention"),
        (2, 5, 2, 1, "promising"),
        (20, 5, 5, 5, "champions"),
        (20, 4, 4, 4, "loyal"),
        (20, 3, 5, 5, "loyal"),
        (9, 2, 4, 3, "at_risk"),
        (9, 1, 5, 5, "cant_lose"),
        (2, 2, 2, 2, "hibernating"),
        (1, 1, 1, 1, "lost"),
        (1, 1, 1, 5, "at_risk"),
    ],
)
def test_classes_mean_what_they_are_called(
    orders: int, recency: int, frequency: int, money: int, named: str
) -> None:
    parts = (np.array([part]) for part in (orders, recency, frequency, money))
    assert rfm.ORDER[int(rfm.classify(*parts)[0]) - 1] == named
