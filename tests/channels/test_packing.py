"""Every due row is in one open batch, whoever packs at the same moment; what a batch did not get to is free at its end.

The twin that does not take turns packs everybody twice, or the test proves nothing.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections, transaction

from channels.backends.base import Kind, Outcome
from channels.delivery import batching, sweeping
from channels.models import Batch, Delivery
from tests.channels import runs
from tests.channels.runs import NOW

PEOPLE = 3


def beside(action: Callable[[], object]) -> None:
    """In a connection of its own."""

    def run() -> None:
        try:
            action()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


def packed_by_two() -> Counter[int]:
    """How many batches each row is in, when a second packs before the first has committed."""
    runs.customers(PEOPLE)
    runs.planned(runs.version())
    with transaction.atomic():
        list(batching.pack(NOW))
        beside(lambda: list(batching.pack(NOW)))
    return Counter(row for batch in Batch.objects.all() for row in batch.packed)


@pytest.mark.django_db(transaction=True)
def test_two_who_pack_at_once_give_each_row_one_batch() -> None:
    packed = packed_by_two()
    assert len(packed) == PEOPLE
    assert set(packed.values()) == {1}


@pytest.mark.django_db(transaction=True)
def test_the_twin_that_takes_no_turns_packs_everybody_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "HOLD", "SELECT FROM channels_account WHERE id = %s")
    assert set(packed_by_two().values()) == {2}


@pytest.mark.django_db
def test_what_an_open_batch_has_is_passed_over_also_once_its_worker_has_put_it_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs.customers(PEOPLE)
    version = runs.version(backend="scripted")
    runs.scripted().answer = lambda call: Outcome(Kind.LINE)
    later, finish = NOW + timedelta(days=1), batching.finish
    packed_meanwhile: list[object] = []

    def look_first(batch_id: int, fence: int) -> None:
        assert runs.states(version) == {"planned line": PEOPLE}
        packed_meanwhile.extend(batching.pack(later))
        finish(batch_id, fence)

    monkeypatch.setattr(batching, "finish", look_first)
    runs.planned(version)
    runs.send_all()
    assert packed_meanwhile == []
    assert len(list(batching.pack(later))) == 1


@pytest.mark.django_db
def test_what_a_lost_batch_did_not_get_to_is_packed_anew() -> None:
    runs.customers(PEOPLE)
    runs.planned(runs.version())
    [lost] = batching.pack(NOW)
    batching.claim(lost.batch_id)
    assert list(batching.pack(NOW)) == []
    Batch.objects.update(lease_until=NOW - timedelta(days=9))
    sweeping.sweep(NOW)
    [again] = batching.pack(NOW)
    assert len(batching.rows_of(again.batch_id)) == PEOPLE
    assert batching.rows_of(lost.batch_id) == []


@pytest.mark.django_db
def test_batches_are_as_large_as_the_account_allows_and_in_the_order_of_their_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batching, "SIZE", 2)
    monkeypatch.setattr(batching, "AHEAD", 2)
    runs.customers(5)
    rows = runs.planned(runs.version())
    Delivery.objects.filter(pk=rows[4].pk).update(due_at=NOW - timedelta(hours=1))
    batches = [Batch.objects.get(pk=packed.batch_id).packed for packed in batching.pack(NOW)]
    assert batches == [[rows[4].pk, rows[0].pk], [rows[1].pk, rows[2].pk]]
    assert list(batching.pack(NOW)) == []  # enough lies ready
    batching.claim(Batch.objects.earliest("id").pk)
    [further] = batching.pack(NOW)
    assert Batch.objects.get(pk=further.batch_id).packed == [rows[3].pk]
