"""F18, F19, F20, F25, F26: poison, broken templates, opt-outs, pauses and two hands on the button."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, connections

from channels import consent
from channels.delivery import contents, pausing, planning, sending
from channels.models import Message
from customers.models import Customer
from tests.channels import mails, people
from tests.faults.stage import Run
from tests.faults.world import FULL, World, wait_for

POISON: list[dict[str, Any]] = [
    {"first_name": "Anna\r\nBcc: victim@example.org\r\n\r\nhello"},
    {"first_name": "🎁" * 60, "last_name": "مرحبا بك"},
    {"first_name": "{{ 7 | times: 7 }}{% include 'x' %}<script>alert(1)</script>"},
    {"first_name": "", "last_name": "", "language": ""},
    {"attributes": {"size": "x" * 1_000_000}},
    {"email": "anna@example.org\r\nRCPT TO:<victim@example.org>"},
]


@pytest.mark.fault("F18")
def test_poison_ends_alone(world: World) -> None:
    """F18: everybody else is written to, and nobody whom the poison names."""
    world.start_smtp()
    run = Run(world, "f18", 200, mails.text("Guten Tag {{ first_name }} {{ last_name }}"), plan=False)
    victims = [
        Customer.objects.create(**{"email": f"f18-p{n}@example.org", "first_name": "A"} | odd)
        for n, odd in enumerate(POISON)
    ]
    Customer.objects.filter(pk=victims[-1].pk).update(email="f18-" + POISON[-1]["email"])
    topic = run.message.topic
    consent.record([people.yes(each, topic) for each in victims], people.NOON)
    run.plan()
    world.only(1)
    with world.beating():
        run.wait()
    states = run.verdict().states
    assert states["accepted"] >= 200
    assert set(states) <= {"accepted", "render_error template", "withheld bad_address"}
    assert run.verdict().is_clean
    assert "victim" not in world.mail_log.read_text()
    assert run.message.paused_at is None


@pytest.mark.fault("F19")
def test_a_template_that_always_fails_stops_early(world: World) -> None:
    """F19."""
    world.start_smtp()
    run = Run(world, "f19", 2_500, plan=False)
    spoil(run)
    run.plan()
    world.only(1)
    with world.beating():
        wait_for(lambda: run.message.paused_at is not None, 30, "it is not paused")
        time.sleep(1)
    assert run.count("render_error") <= contents.PROBE * 2
    assert run.count("planned") >= 2_500 - contents.PROBE * 2
    assert run.sent() == 0


def spoil(run: Run) -> None:
    """A content that freezing would have refused: it asks for a value that nobody has."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE channels_versioncontent DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE channels_versioncontent SET html = '{{ no.such.field }}' WHERE version_id = %s",
            [run.version.pk],
        )
        cursor.execute("ALTER TABLE channels_versioncontent ENABLE TRIGGER USER")


def opt_out_in_flight(world: World, run: Run) -> tuple[int, int]:
    """Everybody opts out while the first slice is being called: (sent before, sent in all)."""
    world.hold("before_call")
    with world.beating():
        world.held("before_call")
        consent.record(
            [people.no(each, run.message.topic, minutes=9) for each in run.customers], datetime.now(UTC)
        )
        world.let_go("before_call")
        in_flight = run.count("calling", "accepted")
        run.wait()
    return in_flight, run.sent()


@pytest.mark.fault("F20")
def test_an_opt_out_stops_all_but_the_slice_in_flight(world: World) -> None:
    """F20."""
    world.start_smtp()
    run = Run(world, "f20", 300)
    world.only(0)  # a new one begins with the first slice's size
    world.only(1)
    in_flight, sent = opt_out_in_flight(world, run)
    assert sent <= in_flight == sending.FIRST_SLICE
    assert run.verdict().states == {"accepted": sent, "withheld no_consent": 300 - sent}


@pytest.mark.fault("F20", control=True)
def test_control_without_the_last_gate_the_whole_batch_goes(world: World) -> None:
    world.start_smtp()
    run = Run(world, "f20c", 300)
    world.only(1)
    world.celery.send_task("tests.faults.controls.without", ("last gate",))
    _in_flight, sent = opt_out_in_flight(world, run)
    world.celery.send_task("tests.faults.controls.without", ("",))
    assert sent > sending.FIRST_SLICE


@pytest.mark.fault("F25")
def test_pausing_and_resuming_a_hundred_times(world: World) -> None:
    """F25: with a kill in the middle of a pause."""
    world.start_smtp(delay=0.002)
    run = Run(world, "f25", 600)
    [worker] = world.only(1)
    at = datetime.now(UTC)
    with world.beating():
        for turn in range(100):
            pausing.pause(run.version.message_id, at)
            time.sleep(0.02)
            if turn == 50:
                worker.kill()
                world.only(1)
            pausing.resume(run.version.message_id)
            time.sleep(0.02)
        run.resume()
        run.wait()
    verdict = run.verdict()
    assert verdict.is_clean
    assert verdict.states["accepted"] + len(verdict.unknown) == 600
    assert len(verdict.unknown) <= sending.SLICE


@pytest.mark.fault("F25")
def test_after_a_pause_nothing_goes_and_cancelling_is_final(world: World) -> None:
    """F25."""
    world.start_smtp(delay=0.01)
    run = Run(world, "f25b", 400)
    world.only(1)
    with world.beating():
        wait_for(lambda: run.sent() > 10, 30, "nothing was sent")
        pausing.pause(run.version.message_id, datetime.now(UTC))
        in_flight = run.count("calling", "accepted")
        wait_for(lambda: run.count("calling") == 0, 20, "a slice does not end")
        settled = run.sent()
        assert settled <= in_flight
        time.sleep(1)
        assert run.sent() == settled
        pausing.cancel(run.version.message_id, datetime.now(UTC))
        pausing.resume(run.version.message_id)
        time.sleep(1)
        run.wait()
    assert run.verdict().states == {"accepted": settled, "cancelled cancelled": 400 - settled}


@pytest.mark.fault("F25", control=True)
def test_control_a_pause_without_the_gate_does_not_hold(world: World) -> None:
    world.start_smtp(delay=0.01)
    run = Run(world, "f25c", 300)
    world.only(1)
    world.celery.send_task("tests.faults.controls.without", ("last gate",))
    with world.beating():
        wait_for(lambda: run.sent() > 10, 30, "nothing was sent")
        pausing.pause(run.version.message_id, datetime.now(UTC))
        in_flight = run.count("calling", "accepted")
        wait_for(lambda: run.sent() > in_flight, 20, "another guard holds it")
    world.celery.send_task("tests.faults.controls.without", ("",))


def plan_twice_at_once(world: World, run: Run) -> None:
    """Two processes' worth of planners in small chunks."""
    barrier = threading.Barrier(2)

    def planner() -> None:
        connections["default"] = world.database()
        barrier.wait()
        after: int | None = 0
        try:
            while after is not None:
                after = planning.plan(
                    run.version, 1, run.audience, after, datetime.now(UTC), limit=20
                ).last_id
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=planner) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.fault("F26")
def test_two_planners_at_once_plan_everybody_once(world: World) -> None:
    """F26."""
    for trial in range(20 if FULL else 3):
        run = Run(world, f"f26-{trial}", 200, plan=False)
        plan_twice_at_once(world, run)
        assert run.rows().count() == 200


@contextmanager
def without_constraint() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE channels_delivery DROP CONSTRAINT delivery_once")
        try:
            yield
        finally:
            cursor.execute(
                "ALTER TABLE channels_delivery ADD CONSTRAINT delivery_once"
                " UNIQUE (message_id, occurrence, customer_id, attempt)"
            )


@pytest.mark.fault("F26", control=True)
def test_control_without_the_constraint_people_are_planned_twice(world: World) -> None:
    run = Run(world, "f26c", 200, plan=False)
    clause = "ON CONFLICT (message_id, occurrence, customer_id, attempt) DO NOTHING"
    assert clause in planning.PLAN
    with without_constraint(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "PLAN", planning.PLAN.replace(clause, ""))
        plan_twice_at_once(world, run)
        assert run.rows().count() == 400
        Message.objects.filter(pk=run.version.message_id).update(cancelled_at=datetime.now(UTC))
        run.rows().delete()
