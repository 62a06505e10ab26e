"""Two runs at once: one does the work. A recount of orders in between neither blocks for ever nor is lost."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from customers import stats
from customers.forecasts import keeping
from customers.models import CustomerStats, ForecastBasis
from tests.customers.histories import AT, shop
from tests.factories import OrderFactory

pytestmark = pytest.mark.django_db(transaction=True)


def together(*jobs: Callable[[], object]) -> list[object]:
    """What the jobs answer, begun at the same moment."""
    start, answers = threading.Barrier(len(jobs), timeout=20), [None] * len(jobs)

    def run(place: int, job: Callable[[], object]) -> None:
        try:
            start.wait()
            answers[place] = job()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return list(answers)


def claimed_by_looking_first() -> bool:
    """The control: read, then write."""
    free = ForecastBasis.objects.filter(pk=1, started_at=None).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.3)")
    return free and ForecastBasis.objects.filter(pk=1).update(started_at=AT) == 1


@pytest.mark.parametrize("guarded", [True, False])
def test_one_of_two_runs_gets_the_claim(guarded: bool) -> None:
    ForecastBasis.objects.create(pk=1)
    claim = (lambda: keeping._claimed(AT)) if guarded else claimed_by_looking_first
    assert sorted(map(bool, together(claim, claim))) == ([False, True] if guarded else [True, True])


def test_a_first_run_is_claimed_once_too() -> None:
    assert sorted(map(bool, together(*[lambda: keeping._claimed(AT)] * 4))) == [False, False, False, True]


def test_orders_that_are_recorded_meanwhile_are_neither_lost_nor_wait_for_ever() -> None:
    people = shop(160)
    late = [OrderFactory(customer=person, placed_at=AT - timedelta(hours=1)) for person in reversed(people)]

    def recounts() -> bool:
        for first in range(0, 160, 20):
            stats.recount([order.customer_id for order in late[first : first + 20]])
        return True

    basis, done = together(lambda: keeping.run(AT), recounts)
    assert basis is not None
    assert done
    assert stats.differences() == []
    assert not CustomerStats.objects.filter(rfm_class="").exists()
