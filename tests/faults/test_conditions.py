"""F7, F8, F21, F41, F42: two beats, wrong clocks, erasures, a database that cannot write, a table that changes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import connection

from channels.delivery import sending
from customers import privacy
from customers.models import Erasure
from tests.faults.stage import Run
from tests.faults.world import World, wait_for


@pytest.mark.fault("F7")
def test_two_beats_send_to_everybody_once(world: World) -> None:
    world.start_smtp(delay=0.002)
    run = Run(world, "f7", 400)
    world.only(2)
    with world.beating(), world.beating():
        run.wait()
    assert run.verdict().is_clean
    assert run.verdict().states == {"accepted": 400}


@pytest.mark.fault("F8")
def test_clocks_that_are_hours_wrong_double_nobody(world: World) -> None:
    """One worker is two hours ahead, one behind: leases are on the database's clock."""
    world.start_smtp(delay=0.004)
    run = Run(world, "f8", 600)
    world.only(0)
    for hours in (2, -2):
        world.worker(FAULTS_CLOCK=str(hours * 3600))
    with world.beating():
        run.wait()
    world.only(0)
    assert run.verdict().is_clean
    assert run.verdict().states == {"accepted": 600}


@pytest.mark.fault("F21")
def test_who_is_erased_before_the_call_is_not_written_to(world: World) -> None:
    world.start_smtp()
    run = Run(
        world, "f21", sending.SLICE + 100
    )  # so that some wait for the next slice, however large this one is
    world.only(1)
    world.hold("before_call")
    with world.beating():
        world.held("before_call")
        calling = set(run.rows().filter(state="calling").values_list("customer_id", flat=True))
        gone = [each.pk for each in run.customers if each.pk in calling][:3]
        gone += [each.pk for each in run.customers if each.pk not in calling][:3]
        for customer_id in gone:
            at = datetime.now(UTC)
            privacy.erase(customer_id, privacy.Asked(Erasure.By.CUSTOMER, at), at)
        world.let_go("before_call")
        run.wait()
    states = run.verdict().states
    assert states == {"accepted": sending.SLICE + 97, "withheld erased": 3}
    assert run.sent() == sending.SLICE + 97
    never_called = run.rows().filter(state="withheld")
    assert set(never_called.values_list("address_key", flat=True)) == {""}


def reconnect_all() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database() AND backend_type = 'client backend'"
        )


@contextmanager
def read_only() -> Iterator[None]:
    """As a database that has run out of disk, or a standby: it answers, and takes nothing."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER DATABASE stammkunde SET default_transaction_read_only = on")
        reconnect_all()
        yield
        cursor.execute("ALTER DATABASE stammkunde RESET default_transaction_read_only")
        reconnect_all()


@contextmanager
def no_connection_left(world: World) -> Iterator[None]:
    """Somebody else has taken all the connections that there are."""
    with ExitStack() as taken:
        reconnect_all()
        for _ in range(2_000):
            try:
                where = {"host": str(world.runtime.postgres_sockets), "dbname": "stammkunde"}
                taken.enter_context(psycopg.connect(**where, user="stammkunde"))
            except psycopg.OperationalError:
                break
        yield


def send_through(world: World, name: str, trouble: object) -> Run:
    world.start_smtp(delay=0.005)
    run = Run(world, name, 400)
    world.some()
    with world.beating():
        wait_for(lambda: run.sent() > 20, 60, "nothing was sent")
        with trouble:  # type: ignore[attr-defined]
            wait_for(lambda: is_still(run), 20, "it goes on")
        run.resume()
        run.wait()
    return run


def is_still(run: Run) -> bool:
    """Nothing was sent for a second."""
    before = run.sent()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1)")
    return run.sent() == before


@pytest.mark.fault("F41")
def test_a_database_that_takes_nothing_stops_the_sending(world: World) -> None:
    run = send_through(world, "f41", read_only())
    assert run.verdict().is_clean
    assert run.verdict().states == {"accepted": 400}


@pytest.mark.fault("F41")
def test_a_database_without_a_free_connection_stops_the_sending(world: World) -> None:
    run = send_through(world, "f41b", no_connection_left(world))
    assert run.verdict().is_clean
    assert run.verdict().states == {"accepted": 400}


@pytest.mark.fault("F42")
def test_the_ledger_gets_a_column_while_it_is_used(world: World) -> None:
    world.start_smtp(delay=0.005)
    run = Run(world, "f42", 400)
    world.some()
    with world.beating():
        wait_for(lambda: run.sent() > 20, 60, "nothing was sent")
        with connection.cursor() as cursor:
            cursor.execute(
                "BEGIN; ALTER TABLE channels_delivery ADD COLUMN later integer; SELECT pg_sleep(1)"
            )
            cursor.execute("COMMIT")
        run.wait()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE channels_delivery DROP COLUMN later")
    assert run.verdict().is_clean
    assert run.verdict().states == {"accepted": 400}
