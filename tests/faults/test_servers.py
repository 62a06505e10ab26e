"""F4, F5, F6: the database and the broker go away, the broker repeats itself."""

import signal

import pytest
from django.db import connection

from channels.delivery import batching
from config.embedded.postgres import Postgres
from config.embedded.valkey import Valkey
from tests.channels import runs
from tests.faults.stage import Run
from tests.faults.world import World, flush, wait_for


def started(run: Run, mails: int = 20) -> None:
    wait_for(lambda: run.sent() >= mails, 60, "nothing was sent")


@pytest.mark.fault("F4")
def test_the_database_restarts_in_the_middle(world: World) -> None:
    """F4: sending goes on by itself, with the same workers; nobody is even in doubt."""
    world.start_smtp(delay=0.01)
    run = Run(world, "f4", 500)
    worker = world.some()
    with world.beating():
        started(run)
        pids = set(worker.pids())
        connection.close()
        world.stop_server("postgres", signal.SIGINT)
        world.start_server(Postgres(world.runtime))
        run.resume(30)
        run.wait()
    assert run.verdict().is_clean
    assert run.verdict().states == {"accepted": 500}
    assert set(worker.pids()) == pids


@pytest.mark.fault("F4")
def test_connections_to_the_database_break(world: World) -> None:
    """F4: at any moment, in the middle of a commit too."""
    world.start_smtp(delay=0.004)
    run = Run(world, "f4b", 400)
    world.some()
    cuts = 0
    with world.beating():
        started(run, 5)
        while not run.finished() and cuts < 10:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )
            cuts += 1
            run.resume(30)
            sent = run.sent()
            wait_for(lambda before=sent: run.sent() > before + 10 or run.finished(), 30, "nothing goes on")
        run.wait()
    assert cuts > 2
    assert run.verdict().is_clean
    assert run.verdict().states == {"accepted": 400}


@pytest.mark.fault("F5")
def test_the_broker_forgets_everything(world: World) -> None:
    """F5: FLUSHALL, again and again."""
    world.start_smtp(delay=0.004)
    run = Run(world, "f5", 400)
    world.some()
    with world.beating():
        for mails in (5, 100, 200):
            started(run, mails)
            flush(world)
            run.resume()
        run.wait()
    assert run.verdict().is_clean
    assert run.verdict().states == {"accepted": 400}


@pytest.mark.fault("F5")
def test_staff_press_send_while_the_broker_is_down(world: World) -> None:
    """F5: what is planned meanwhile goes out once the broker is back."""
    world.start_smtp()
    world.some()
    run = Run(world, "f5b", 100, plan=False)
    with world.beating():
        world.stop_server("valkey", signal.SIGKILL)
        run.plan()
        assert run.count("planned") == 100
        world.start_server(Valkey(world.runtime))
        run.resume()
        run.wait()
    assert run.verdict().states == {"accepted": 100}


def thrice(world: World, run: Run) -> None:
    """The broker delivers each message three times."""
    for batch in list(batching.pack(run.rows().earliest("due_at").due_at)):
        for _ in range(3):
            world.celery.send_task("channels.tasks.send_batch", (batch.batch_id,))


@pytest.mark.fault("F6")
def test_the_broker_says_everything_three_times(world: World) -> None:
    """F6."""
    world.start_smtp()
    run = Run(world, "f6", 150)
    world.some()
    thrice(world, run)
    run.wait()
    drained(world)
    assert run.verdict().is_clean
    assert run.verdict().states == {"accepted": 150}


def drained(world: World) -> None:
    """Every task that was sent has been worked on."""
    probe = Run(world, "drained", 1, plan=False)
    probe.plan()
    with world.beating():
        probe.wait()


@pytest.mark.fault("F6", control=True)
def test_control_without_a_claim_everybody_gets_three(world: World) -> None:
    world.start_smtp()
    run = Run(world, "f6c", 30)
    world.only(1)
    world.celery.send_task("tests.faults.controls.without", ("claim",))
    thrice(world, run)
    wait_for(lambda: run.sent() == 90, 30, f"the guard is elsewhere: {runs.states(run.version)} {run.sent()}")
    world.celery.send_task("tests.faults.controls.without", ("",))
    assert len(run.verdict().doubles) == 30
