import subprocess
import sys
from pathlib import Path

import pytest

from config.embedded.runtime import Runtime
from config.embedded.services import ROOT, Lease, running
from tests.config.installed import ends, environment, eventually, folder, keeper_of, kill, query


@pytest.fixture
def runtime(tmp_path: Path):
    with folder(tmp_path) as made:
        yield made


def run(runtime: Runtime, code: str) -> subprocess.Popen:
    """`python -m config.embedded run`, as several people would call it at once."""
    return subprocess.Popen(
        [sys.executable, "-m", "config.embedded", "run", sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(runtime),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


ASK = """
from django.conf import settings
import psycopg, time
known = settings.DATABASE
with psycopg.connect(dbname=known["NAME"], user=known["USER"], host=known["HOST"], port=known["PORT"]) as it:
    print(it.execute("SELECT pg_postmaster_start_time()").fetchone()[0], flush=True)
    time.sleep({seconds})
"""


def test_the_last_one_out_stops_the_service(runtime: Runtime):
    first, second = Lease(runtime, "postgres").take(), Lease(runtime, "postgres").take()
    keeper = keeper_of(runtime, "postgres")
    first.release()
    assert query(runtime, "SELECT 1") == [(1,)]
    assert keeper_of(runtime, "postgres") == keeper
    second.release()
    ends(runtime)


def test_two_commands_at_once_share_one_server_from_its_first_start(runtime: Runtime):
    both = [run(runtime, ASK.format(seconds=1)) for _ in range(2)]
    started = {process.communicate(timeout=60)[0] for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert len(started) == 1
    ends(runtime)


def test_a_killed_user_leaves_no_server_behind(runtime: Runtime):
    process = run(runtime, ASK.format(seconds=60))
    assert process.stdout.readline()
    kill(process.pid)
    process.wait()
    ends(runtime)


def test_a_service_comes_back_to_those_who_still_hold_it(runtime: Runtime):
    with running(runtime, ["postgres"]):
        lease = Lease(runtime, "postgres").take()
        kill(keeper_of(runtime, "postgres"))
        eventually(lambda: not lease.is_alive())
        lease.ensure()
        assert query(runtime, "SELECT 1") == [(1,)]
        lease.release()
        assert query(runtime, "SELECT 1") == [(1,)]
