"""The places at which fault tests hold a process do nothing anywhere else."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from channels.delivery import pausepoints
from tests.faults.world import ROOT

ASK = """
import django; django.setup()
from django.conf import settings
from channels.delivery import pausepoints
print(getattr(settings, "PAUSE_POINTS", "inert"))
pausepoints.reach("before_call")
print("went on")
"""


def test_nothing_in_the_environment_makes_them_work(tmp_path: Path) -> None:
    """With the real settings, whatever variables are set."""
    (tmp_path / "before_call.hold").touch()
    names = ("PAUSE_POINTS", "FAULTS_PAUSE_POINTS")
    env = os.environ | dict.fromkeys(names, str(tmp_path)) | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split("\n")[:2] == ["inert", "went on"]
    assert [each.name for each in tmp_path.iterdir()] == ["before_call.hold"]


def test_a_point_without_a_hold_is_passed_at_once(settings: Any, tmp_path: Path) -> None:
    settings.PAUSE_POINTS = str(tmp_path)
    started = time.monotonic()
    pausepoints.reach("before_call")
    assert time.monotonic() - started < 0.5


def test_a_hold_does_hold(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PAUSE_POINTS = str(tmp_path)
    hold = tmp_path / "before_call.hold"
    hold.touch()
    slept: list[float] = []

    def let_go_at_third(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            assert (tmp_path / f"before_call.{os.getpid()}").exists()
            hold.unlink()

    monkeypatch.setattr(time, "sleep", let_go_at_third)
    pausepoints.reach("before_call")
    assert len(slept) == 3
