"""Two at the same moment, on real connections; each with the control that fails without its guard."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from customers.hooks import delivering, managing, noting
from customers.models import Hook, HookCall
from tests.channels.test_consent_races import together
from tests.customers import hooks
from tests.customers.hooks import NOON, always, receiver
from tests.servers.hooks import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

UNGUARDED = noting.TAKE.replace("AND (hook.lease_until IS NULL OR hook.lease_until <= %(at)s)", "")


@pytest.fixture
def shop() -> Iterator[Receiver]:
    with receiver(always(200, 0.3)) as server:
        yield server


def overlaps(shop: Receiver) -> int:
    """How many calls began before another of the same id had ended."""
    calls = sorted(shop.told, key=lambda told: told.began)
    return sum(
        one.id == other.id and other.began < one.ended
        for place, one in enumerate(calls)
        for other in calls[place + 1 :]
    )


@pytest.mark.parametrize("guarded", [True, False])
def test_two_sweeps_never_make_the_same_call(
    shop: Receiver, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    hook, _secret = hooks.hook(shop.url)
    for number in range(4):
        hooks.call(hook, number)
    if not guarded:
        monkeypatch.setattr(noting, "TAKE", UNGUARDED)
    together(hooks.sweep, hooks.sweep)
    assert not HookCall.objects.filter(delivered_at=None).exists()
    if guarded:
        assert len(shop.told) == 4
    assert (overlaps(shop) > 0) is not guarded


def test_a_fact_that_is_being_written_and_a_deletion_wait_for_each_other() -> None:
    """Neither fails: what is written goes with the hook."""
    hook, _secret = hooks.hook()
    written, faults = threading.Event(), list[BaseException]()

    def watched(job: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                job()
            except BaseException as fault:
                faults.append(fault)

        return run

    def tell() -> None:
        with transaction.atomic():
            hooks.order("1")
            written.set()
            time.sleep(0.5)

    def delete() -> None:
        written.wait(10)
        managing.delete(hook, hooks.staff(), NOON)

    together(watched(tell), watched(delete))
    assert faults == []
    assert not Hook.objects.exists()
    assert not HookCall.objects.exists()


def test_no_transaction_is_open_while_a_receiver_is_called(shop: Receiver) -> None:
    hook, _secret = hooks.hook(shop.url)
    call = hooks.call(hook)
    seen: list[Any] = []

    def look() -> None:
        time.sleep(0.15)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
            )
            seen.append(cursor.fetchone()[0])
            cursor.execute("SELECT id FROM customers_hookcall WHERE id = %s FOR UPDATE NOWAIT", [call.pk])

    together(hooks.sweep, look)
    assert seen == [0]
    assert len(shop.told) == 1
    assert delivering.sweep(lambda: NOON) == 0
