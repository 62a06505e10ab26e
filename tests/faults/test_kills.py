"""F1, F2, F3: workers that die, at any place, and workers that are asked to stop."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from channels.delivery.sending import FIRST_SLICE
from channels.models import Batch, Delivery
from tests.faults import score
from tests.faults.stage import Run
from tests.faults.world import FULL, World, flush, hostname, wait_for

KILLS = 50 if FULL else 5
PEOPLE = 100_000 if FULL else 3_000


def in_doubt(pids: list[int]) -> set[int]:
    """The rows that these processes are calling, or were when their lease ran out."""
    names = [f"{hostname()}:{pid}" for pid in pids]
    rows = Delivery.objects.filter(batch__worker__in=names, state__in=["calling", "unknown"])
    return set(rows.values_list("id", flat=True))


def somebody_calling() -> int:
    """A process with rows in `calling`."""
    found: list[int] = []

    def look() -> bool:
        names = Batch.objects.filter(done_at__isnull=True, delivery__state="calling").values_list(
            "worker", flat=True
        )
        pids = {int(name.rpartition(":")[2]) for name in names.distinct()}
        found[:] = [pid for pid in pids if is_running(pid)]
        return bool(found)

    wait_for(look, 60, "nobody has anything to do", 0.01)
    return random.choice(found)


def kill_one(world: World) -> set[int]:
    """Kill -9 a pool process with rows in `calling`; those rows, read after the kill. Its parent forks another.

    Empty: the rows were written in the meantime, nothing counts.
    """
    pid = somebody_calling()
    time.sleep(random.uniform(0, 0.05))
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not is_running(pid), 5, "it does not die", 0.01)
    return in_doubt([pid])


def kill_all(world: World) -> set[int]:
    """Kill -9 a worker with all its processes, and start another."""
    somebody_calling()
    [worker] = world.workers
    pids = worker.pids()
    worker.kill()
    world.workers.clear()
    world.worker(concurrency=2)
    return in_doubt(pids)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.fault("F1")
def test_killed_workers_double_nobody_lose_nobody_and_doubt_a_slice(world: World) -> None:
    """F1."""
    world.start_smtp(delay=0 if FULL else 0.002)
    run = Run(world, "f1", PEOPLE)
    world.only(0)
    world.worker(concurrency=2)
    doubtful: set[int] = set()
    kills = 0
    with world.beating():
        while kills < KILLS:
            rows = kill_all(world) if kills % 5 == 4 else kill_one(world)
            doubtful |= rows
            kills += bool(rows)
        run.resume()
        run.wait(1200 if FULL else 90)
    verdict = run.verdict()
    score.note(kills=kills)
    assert verdict.is_clean, verdict
    assert set(verdict.unknown) <= doubtful
    assert verdict.states.get("accepted", 0) + len(verdict.unknown) == PEOPLE
    if FULL:
        assert verdict.states["accepted"] >= 0.85 * PEOPLE


def kill_at(world: World, run: Run, point: str) -> None:
    """Hold the worker at the point, kill it there, and let another one finish."""
    [worker] = world.only(1)
    world.hold(point)
    with world.beating():
        world.held(point)
        worker.kill()
        world.let_go(point)
        world.only(1)
        run.resume()
        run.wait()


@pytest.mark.fault("F2")
def test_a_kill_between_calling_and_the_call_sends_to_nobody(world: World) -> None:
    """F2, first half."""
    world.start_smtp()
    run = Run(world, "f2a", 40)
    kill_at(world, run, "before_call")
    verdict = run.verdict()
    assert verdict.states == {"unknown lease_lost": 40}
    assert run.sent() == 0


@pytest.mark.fault("F2")
def test_a_kill_between_the_call_and_its_outcome_is_not_repeated(world: World) -> None:
    """F2, second half."""
    world.start_smtp()
    run = Run(world, "f2b", 40)
    kill_at(world, run, "after_call")
    verdict = run.verdict()
    assert verdict.states == {"unknown lease_lost": 40}
    assert verdict.is_clean
    assert run.sent() == 40


@pytest.mark.fault("F2", control=True)
def test_control_without_doubt_the_same_kill_doubles(world: World) -> None:
    world.start_smtp()
    run = Run(world, "f2c", 40)
    [worker] = world.only(1)
    world.hold("after_call")
    with world.beating():
        world.held("after_call")
    worker.kill()
    world.let_go("after_call")
    flush(world)  # ticks that are queued already would sweep before the guard is taken away
    world.only(1)
    world.celery.send_task("tests.faults.controls.without", ("doubt",))
    with world.beating():
        run.wait()
        world.celery.send_task("tests.faults.controls.without", ("",))
    assert len(run.verdict().doubles) == 40


@pytest.mark.fault("F3")
@pytest.mark.parametrize("everybody", [True, False] if FULL else [True])
def test_a_worker_asked_to_stop_finishes_its_slice(world: World, everybody: bool) -> None:
    """F3: also where a supervisor signals every process at once."""
    world.start_smtp(delay=0.005)
    run = Run(world, f"f3-{everybody}", 500)
    [worker] = world.only(1)
    with world.beating():
        wait_for(lambda: run.sent() > 20, 30, "nothing was sent")
        worker.signal(signal.SIGTERM) if everybody else worker.process.send_signal(signal.SIGTERM)
        worker.process.wait(20)
        assert run.count("unknown", "calling") == 0
        assert 0 < run.count("accepted") < 500
        assert not Batch.objects.filter(done_at__isnull=True, lease_until__isnull=False).exists()
        world.only(1)
        run.resume()
        run.wait()
    assert run.verdict().is_clean
    assert run.verdict().states == {"accepted": 500}


def stall(world: World, run: Run) -> None:
    """The only worker falls asleep in its first slice; another one does the rest; then it wakes up."""
    with world.beating():
        sleeper = somebody_calling()
        os.kill(sleeper, signal.SIGSTOP)
        world.worker()
        wait_for(lambda: run.count("planned") == 0, 60, "the rest was not taken over", 0.3)
        os.kill(sleeper, signal.SIGCONT)
        wait_for(lambda: run.count("calling") == 0, 20, "the late answer settled nothing")
        run.wait()
        wait_for(lambda: run.sent() > run.count("unknown"), 5, "nothing was sent")
        time.sleep(2)


@pytest.mark.fault("F1")
def test_a_process_that_was_away_finds_its_fence_taken(world: World) -> None:
    """A stalled process wakes up after its lease: its answers settle its rows, the rest is not its own."""
    world.start_smtp(delay=0.005)
    run = Run(world, "fence", 300)
    world.only(0)
    world.worker()
    stall(world, run)
    verdict = run.verdict()
    assert verdict.is_clean, verdict
    assert run.count("accepted") == run.sent()
    assert run.count("accepted") + len(verdict.unknown) == 300
    assert len(verdict.unknown) < FIRST_SLICE


@pytest.mark.fault("F1", control=True)
def test_control_without_the_fence_it_sends_the_rest_once_more(world: World) -> None:
    world.start_smtp(delay=0.005)
    world.only(0)
    world.worker()
    world.celery.send_task("tests.faults.controls.without", ("fence",))
    run = Run(world, "fencec", 300)
    stall(world, run)
    world.only(0)
    assert len(run.verdict().doubles) > 0
