"""F1 for what goes out message by message over many connections at once: text messages and push messages."""

import pytest

from tests.faults import score
from tests.faults.far import Browsers, Far, Phones
from tests.faults.stage import Run
from tests.faults.test_kills import kill_all, kill_one
from tests.faults.world import FULL, World

# The short form keeps to the kills of mails: these take a minute each, and wait for answers longer than its leases.
pytestmark = pytest.mark.skipif(not FULL, reason="only in the full form")
KILLS = 10


def outlived(world: World, far: Far, people: int) -> None:
    """Every third kill takes the whole worker, the others one of its processes."""
    world.only(0)
    run = Run(world, f"f1-{far.channel}", people, by=far)
    world.worker(concurrency=2)
    doubtful: set[int] = set()
    kills = 0
    with world.beating():
        while kills < KILLS:
            rows = kill_all(world) if kills % 3 == 2 else kill_one(world)
            doubtful |= rows
            kills += bool(rows)
        run.resume()
        run.wait(600)
    verdict = run.verdict()
    score.note(kills=kills)
    assert verdict.is_clean, verdict
    assert set(verdict.unknown) <= doubtful
    assert verdict.states.get("accepted", 0) + len(verdict.unknown) == people, verdict.states
    assert verdict.states.get("accepted", 0) > 0


@pytest.mark.fault("F1")
def test_killed_workers_send_no_text_message_twice(world: World) -> None:
    with Phones(world, delay=0.05) as far:
        outlived(world, far, 20_000)


@pytest.mark.fault("F1")
def test_killed_workers_send_no_push_message_twice(world: World) -> None:
    with Browsers(world, delay=0.4) as far:
        outlived(world, far, 3_000)
