"""F10, F11, F12, F13, F14: a provider by HTTP that is busy, closed, out of order, silent, slow, or does not know us."""

import time
from datetime import UTC, datetime

import pytest

from channels.delivery import pausing
from channels.models import Account
from config.embedded import processes
from tests.faults import score
from tests.faults.stage import Run
from tests.faults.world import FULL, World, wait_for


def account(run: Run) -> Account:
    return Account.objects.get(pk=run.version.account_id)


@pytest.mark.fault("F10")
def test_a_busy_provider_is_left_alone_for_as_long_as_it_says(world: World) -> None:
    world.start_smtp()
    world.be("busy", 3)
    world.some()
    run = Run(world, "f10", 120, by="anymail")
    other = Run(world, "f10b", 60, beside=True)
    with world.beating():
        wait_for(lambda: run.rows().filter(tries=1).exists(), 20, "nobody asked")
        began = time.monotonic()
        world.be("good")
        other.wait()
        assert time.monotonic() - began < 3  # the other channel never noticed
        run.wait()
    score.note(resumed=round(time.monotonic() - began, 1))
    assert time.monotonic() - began > 2
    assert run.verdict().is_clean
    assert other.verdict().is_clean
    assert (run.count("accepted"), other.count("accepted")) == (120, 60)


@pytest.mark.fault("F11")
def test_a_closed_provider_costs_time_and_nothing_else(world: World) -> None:
    world.be("closed")
    world.some()
    run = Run(world, "f11", 150, by="anymail")
    with world.beating():
        wait_for(lambda: run.rows().filter(tries__gte=1).exists(), 20, "nobody asked")
        world.be("good")
        run.resume()
        run.wait()
    assert run.verdict().is_clean
    assert run.verdict().states == {"accepted": 150}


@pytest.mark.fault("F11")
def test_a_provider_that_is_not_there_is_asked_again(world: World) -> None:
    world.be("good")
    world.some()
    run = Run(world, "f11b", 100, by="anymail", plan=False)
    gone = Account.objects.get(pk=run.version.account_id)
    right = gone.settings["options"]
    gone.settings["options"] = right | {"api_url": "http://127.0.0.1:1/"}
    gone.save()
    run.plan()
    with world.beating():
        wait_for(lambda: run.rows().filter(tries__gte=1).exists(), 20, "nobody asked")
        gone.settings["options"] = right
        gone.save()
        run.resume()
        run.wait()
    assert run.verdict().is_clean
    assert run.verdict().states == {"accepted": 100}


@pytest.mark.fault("F12")
@pytest.mark.parametrize(("mood", "arrived"), [("cut", True), ("down", False)])
def test_a_call_without_a_clear_answer_is_never_repeated(world: World, mood: str, arrived: bool) -> None:
    world.be(mood)
    world.some()
    run = Run(world, f"f12-{mood}", 40, by="anymail")
    with world.beating():
        wait_for(lambda: run.count("unknown") > 0, 20, "nobody asked")
        world.be("good")
        pausing.resume_account(run.version.account_id)
        run.resume()
        run.wait()
    verdict = run.verdict()
    assert verdict.is_clean
    assert 0 < len(verdict.unknown) <= 40
    assert run.sent() == (40 if arrived else 40 - len(verdict.unknown))


@pytest.mark.fault("F14")
def test_a_revoked_key_stops_its_account_and_nobody_is_lost(world: World) -> None:
    world.be("stranger")
    world.some()
    run = Run(world, "f14", 300, by="anymail")
    with world.beating():
        wait_for(lambda: account(run).paused_at is not None, 20, "it goes on asking")
        assert run.count("planned") == 300
        assert run.sent() == 0
        world.be("good")
        pausing.resume_account(run.version.account_id)
        run.resume()
        run.wait()
    assert run.verdict().is_clean
    assert run.verdict().states == {"accepted": 300}


def seconds_beside_a_slow_one(world: World, name: str, limit: float) -> tuple[float, float]:
    """How long sixty mails take by SMTP alone, and beside a provider for which every worker could wait."""
    world.start_smtp(delay=0.01)
    world.be("slow", 3)
    world.only(0)
    world.worker(concurrency=2, FAULTS_SLOW=str(limit), FAULTS_LEASE="20")  # as ever, a lease outlasts a call
    with world.beating():
        Run(world, f"{name}-first", 10).wait()
        alone = seconds(Run(world, f"{name}-alone", 60))
        slow = Run(world, f"{name}-slow", 2_500, by="anymail")
        wait_for(lambda: slow.count("accepted") > 0, 30, "nobody asked")
        time.sleep(4)  # the second worker has come back from its call too
        beside = seconds(Run(world, f"{name}-beside", 60, beside=True))
        pausing.cancel(slow.version.message_id, datetime.now(UTC))
    world.be("good")
    world.only(0)
    return alone, beside


def seconds(run: Run) -> float:
    """At most eight: a run that waits for a slow provider would go on for ever."""
    began = time.monotonic()
    processes.wait_until(run.finished, 8, 0.02)
    return time.monotonic() - began


@pytest.mark.fault("F13")
def test_a_slow_provider_leaves_a_worker_to_the_others(world: World) -> None:
    alone, beside = seconds_beside_a_slow_one(world, "f13", limit=2)
    score.note(alone=round(alone, 1), beside=round(beside, 1))
    assert beside < alone + (1.5 if FULL else 2.5)


@pytest.mark.fault("F13", control=True)
def test_control_without_a_limit_everybody_waits_for_the_slow_one(world: World) -> None:
    alone, beside = seconds_beside_a_slow_one(world, "f13c", limit=1_000)
    assert alone < 4
    assert beside > 8
