"""The measurement of segments runs, and in it the compiler finds whom SQL written by hand finds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests import migrated

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(django_db_blocker: DjangoDbBlocker) -> dict[str, str]:
    with django_db_blocker.unblock():
        return os.environ | {"MIGRATED_DATABASE": migrated.database()}


def test_it_runs_with_few_customers_and_ends_with_its_figures(environment: dict[str, str]) -> None:
    command = [sys.executable, "benchmarks/segments.py", "--customers", "2000", "--rounds", "1"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["bench"] == "segments"
    assert {"orm_form", "hand_sql_speed"} <= told["ratios"].keys()
    rules = told["figures"]["rules"]
    assert len(rules) == 15
    assert sum(each["people"] > 0 for each in rules.values()) >= 10
    assert told["figures"]["membership"]["members"] == rules["ii"]["people"]
