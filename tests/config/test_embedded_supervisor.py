import signal
import sys
from pathlib import Path

import pytest

from config.embedded import processes, supervisor
from config.embedded.problem import Problem
from config.embedded.supervisor import Program, Supervisor
from tests.config.installed import eventually, folder, kill


class Fake:
    def __init__(self, name: str, story: list[str], *, mortal: bool = False) -> None:
        self.name, self.story, self.mortal = name, story, mortal

    def start(self) -> None:
        self.story.append(f"{self.name} up")

    def is_alive(self) -> bool:
        return not self.mortal

    def stop(self) -> None:
        self.story.append(f"{self.name} down")

    def why(self) -> str:
        return "it said so"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch):
    """Seconds that pass only when told."""
    now = [1000.0]
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: now[0])
    return now


def test_parts_stop_in_reverse_order():
    story: list[str] = []
    manager = Supervisor()
    for name in ("database", "broker", "web"):
        manager.start(Fake(name, story))
    manager.tick()
    manager.stop()
    assert story == ["database up", "broker up", "web up", "web down", "broker down", "database down"]


def test_what_ends_is_started_again_after_growing_pauses_and_then_given_up(clock: list[float]):
    story: list[str] = []
    manager = Supervisor()
    manager.start(Fake("steady", []))
    manager.start(Fake("web", story, mortal=True))
    starts = []

    def live() -> None:
        while True:
            before = len(story)
            manager.tick()
            if len(story) > before:
                starts.append(clock[0])
            clock[0] += 0.1

    with pytest.raises(Problem, match="web ended 4 times in a row and is given up: it said so"):
        live()
    assert [round(at - 1000.0, 1) for at in starts] == [0.5, 1.6, 3.7]


def test_failures_are_forgiven_after_a_steady_time(clock: list[float]):
    part = Fake("web", [], mortal=True)
    manager = Supervisor()
    manager.start(part)
    for _ in range(10):
        manager.tick()
        clock[0] += 10
        manager.tick()
        clock[0] += supervisor.STEADY_AFTER + 1
    assert len(part.story) == 11


def test_a_killed_program_takes_its_children_with_it_and_comes_back(tmp_path: Path):
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    with folder(tmp_path) as runtime:
        runtime.prepare()
        part = Program(runtime, "web", [sys.executable, "-c", code])
        part.start()
        eventually(lambda: len(marked(runtime)) == 2)
        kill(part.process.pid)
        eventually(lambda: not part.is_alive())
        part.start()
        eventually(lambda: len(marked(runtime)) == 2)
        part.stop()
        eventually(lambda: marked(runtime) == [])  # a child whose parent has ended dies a moment later


def test_what_a_killed_up_left_is_ended_by_the_next(tmp_path: Path):
    with folder(tmp_path) as runtime:
        runtime.prepare()
        code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
        code += "; print('deaf', flush=True); time.sleep(60)"
        part = Program(runtime, "web", [sys.executable, "-c", code])
        part.start()
        eventually(lambda: "deaf" in runtime.log("web").read_text())
        processes.end(lambda: marked(runtime), (signal.SIGTERM,), patience=0.5)
        assert len(marked(runtime)) == 1
        supervisor.clear_leftovers(runtime)
        assert part.process.wait() == -signal.SIGKILL


def marked(runtime) -> list[int]:
    return processes.with_variable(supervisor.MARK, str(runtime.var))
