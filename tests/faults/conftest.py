import os
import random
from collections.abc import Iterator

import pytest
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from tests import migrated
from tests.faults.world import World


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/faults/" in item.nodeid:
            item.add_marker(pytest.mark.faults)
            item.add_marker(pytest.mark.xdist_group("faults"))


SEEDS = int(os.environ.get("FAULTS_SEEDS", "1"))


@pytest.fixture(autouse=True, params=range(1, SEEDS + 1), ids=lambda seed: f"seed{seed}")
def seed(request: pytest.FixtureRequest) -> int:
    """Decides where the kills fall."""
    random.seed(request.param)
    return int(request.param)


@pytest.fixture(scope="session")
def living_world(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[World]:
    """It has a server of its own, which gets a copy of what migrations made."""
    made, dump = World(), tmp_path_factory.mktemp("migrated") / "database.dump"
    with django_db_blocker.unblock():
        migrated.dump_into(dump)
    try:
        made.up(dump)
        made.start_smtp()
        yield made
    finally:
        made.down()


@pytest.fixture
def world(living_world: World, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """The installation under test. Inside the test, Django's default connection is the one to its database."""
    ours = connections["default"]
    with django_db_blocker.unblock():
        connections["default"] = living_world.database()
        try:
            yield living_world
        finally:
            connections["default"].close()
            connections["default"] = ours
            for held in living_world.pause_points.glob("*"):
                held.unlink(missing_ok=True)
