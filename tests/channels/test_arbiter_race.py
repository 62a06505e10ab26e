"""Two workers with two campaigns for the same people at the same moment: the limit holds.

All meet after they have counted and before they write. The twin that does not hold the people's Reach rows must go
above the limit, or the test proves nothing.
"""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connections

from channels.arbiter import frequency
from channels.arbiter.rows import Row
from channels.delivery import batching, ledger, sending
from channels.models import Account, Delivery, DeliveryPolicy, MessageVersion
from tests.channels import runs
from tests.channels.runs import NOW

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE, CAMPAIGNS, MOST = 40, 3, 1


def campaigns() -> list[MessageVersion]:
    caps = [{"cap_class": "", "days": 7, "most": MOST}]
    DeliveryPolicy.objects.update_or_create(
        pk=1, defaults={"quiet_from": None, "quiet_until": None, "caps": caps}
    )
    runs.customers(PEOPLE)
    # Of equal importance, and each with an account of its own, so that a batch and a worker of its own.
    versions = [runs.version() for _ in range(CAMPAIGNS)]
    for number, version in enumerate(versions):
        runs.planned(version)
        account = Account.objects.create(name=f"Race {number}", backend="sandbox")
        Delivery.objects.filter(message=version.message_id).update(account=account)
    return versions


def meeting_before_writing(monkeypatch: pytest.MonkeyPatch, wait: float) -> None:
    """All who have judged meet before they enter `calling`; who is alone goes on after `wait`."""
    meeting, enter = Barrier(CAMPAIGNS), ledger.enter_calling

    def slow(batch_id: int, rows: Sequence[Row], tracked: set[int]) -> set[int]:
        with suppress(BrokenBarrierError):
            meeting.wait(wait)
        return enter(batch_id, rows, tracked)

    monkeypatch.setattr(ledger, "enter_calling", slow)


def nobody_waits_for_an_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the order of equals would already keep two campaigns apart, and not the lock."""

    monkeypatch.setattr(frequency, "goes_before", lambda rival, asked, at: False)


def send(batch: Any) -> None:
    try:
        fence = batching.claim(batch.batch_id)
        assert fence is not None
        sending.run(batch.batch_id, fence, lambda: NOW)
    finally:
        connections.close_all()


def most_for_one(monkeypatch: pytest.MonkeyPatch, wait: float) -> int:
    campaigns()
    nobody_waits_for_an_equal(monkeypatch)
    batches = list(batching.pack(NOW))
    assert len(batches) == CAMPAIGNS
    meeting_before_writing(monkeypatch, wait)
    with ThreadPoolExecutor(CAMPAIGNS) as pool:
        list(pool.map(send, batches))
    sent = Counter(Delivery.objects.filter(state="accepted").values_list("customer_id", flat=True))
    assert len(sent) == PEOPLE
    return max(sent.values())


def test_nobody_gets_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert most_for_one(monkeypatch, 0.3) == MOST
    waiting = Delivery.objects.filter(state="planned", reason="capped")
    assert waiting.count() == PEOPLE * (CAMPAIGNS - MOST)


def test_the_twin_without_the_lock_goes_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "lock_reach", lambda rows: None)
    assert most_for_one(monkeypatch, 10) > MOST
