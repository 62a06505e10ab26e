"""F40: a backup from before the mails went out is restored; nobody gets them once more."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import connection

from channels import arming
from config.embedded.postgres import programs
from tests.faults import score
from tests.faults.stage import Run
from tests.faults.world import World


@contextmanager
def restored_afterwards(world: World) -> Iterator[None]:
    """What happens inside is lost: the database is put back to how it was before."""
    where = ["--host", str(world.runtime.postgres_sockets), "--username", "stammkunde", "--no-password"]
    dump = world.var / "before.dump"
    subprocess.run(
        [programs() / "pg_dump", *where, "--format", "custom", "--file", dump, "stammkunde"], check=True
    )
    yield
    world.only(0)
    with connection.cursor() as cursor:  # what the killed workers leave behind takes a moment to go by itself
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    connection.close()
    subprocess.run(
        [
            programs() / "pg_restore",
            *where,
            "--clean",
            "--create",
            "--if-exists",
            "--dbname",
            "postgres",
            dump,
        ],
        check=True,
    )
    world.some()


def sent_and_forgotten(world: World, name: str) -> Run:
    """Sixty mails went out, and the database says that they are planned."""
    world.start_smtp()
    run = Run(world, name, 60)
    world.some()
    assert arming.armed()
    with restored_afterwards(world), world.beating():
        run.wait()
    assert run.sent() == run.count("planned") == 60
    return run


@pytest.mark.fault("F40")
def test_a_restored_database_waits_for_a_person(world: World) -> None:
    run = sent_and_forgotten(world, "f40")
    began = time.monotonic()
    with world.beating():
        time.sleep(4)
    assert run.sent() == 60
    assert not arming.armed()
    run.rows().update(state="cancelled")  # she sees that they were sent
    arming.arm(None, datetime.now(UTC), replayed=True)
    other = Run(world, "f40b", 20, beside=True)
    with world.beating():
        other.wait()
    score.note(waited=round(time.monotonic() - began, 1))
    assert run.verdict().is_clean
    assert other.verdict().states == {"accepted": 20}


@pytest.mark.fault("F40", control=True)
def test_control_a_database_that_trusts_itself_sends_all_again(world: World) -> None:
    run = sent_and_forgotten(world, "f40c")
    arming.arm(None, datetime.now(UTC), replayed=True)
    with world.beating():
        run.wait()
    assert len(run.verdict().doubles) == 60
