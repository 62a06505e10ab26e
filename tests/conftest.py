"""What all tests share: clients signed in by role, and Chromium for the browser tests."""

import math
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import translation

from channels.models import DeliveryPolicy
from config import roles, translations
from customers.hooks import telling
from tests import emptying, migrated
from tests.factories import UserFactory

# Playwright runs an event loop in the test's thread; the live server's own database work stays synchronous.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

TransactionTestCase._fixture_teardown = lambda self: emptying.empty()  # type: ignore[attr-defined]

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
NO_CHROMIUM = "No Chromium found: install Debian's package `chromium`, or name its program in CHROMIUM."


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM:
        return
    if os.environ.get("REQUIRE_BROWSER") == "1":
        raise pytest.UsageError(NO_CHROMIUM)
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


def pytest_sessionstart(session: pytest.Session) -> None:
    """A fresh clone has no compiled German; the workers of a parallel run start behind this."""
    if not hasattr(session.config, "workerinput"):
        translations.compile_catalogues()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium; its sandbox needs rights that root in a container does not have."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated.database()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Most tests go by the clock on the wall and must not fail at night: a test that is about quiet hours or
    limits makes a policy of its own.
    """
    with django_db_blocker.unblock():
        DeliveryPolicy.objects.all().delete()
        _number_as_after_years()


def _number_as_after_years() -> None:
    """Keys of a new database have no thousands, which a page might write with a separator into a link."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 12000)"
            " FROM pg_sequences WHERE schemaname = current_schema()"
        )


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """A page's language would stay with the thread and be that of the next test, which may not ask for one."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def no_hooks_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process asks now and then whether facts are told to anybody: counts of queries would hang on the clock. Whoever
    makes a hook makes it ask."""
    monkeypatch.setattr(telling, "_known", (frozenset(), math.inf))


@pytest.fixture
def sign_in(db: None) -> Callable[..., Client]:
    """`sign_in("marketer")`: a client of a new user in that role; `.user` is who it is."""

    def as_role(role: str, **fields: Any) -> Client:
        signed_in = Client()
        signed_in.user = UserFactory(in_role=role, **fields)  # type: ignore[attr-defined]
        signed_in.force_login(signed_in.user)  # type: ignore[attr-defined]
        return signed_in

    return as_role


@pytest.fixture
def administrator(sign_in: Callable[..., Client]) -> Client:
    return sign_in(roles.ADMINISTRATOR)


@pytest.fixture
def marketer(sign_in: Callable[..., Client]) -> Client:
    return sign_in("marketer")


@pytest.fixture
def analyst(sign_in: Callable[..., Client]) -> Client:
    return sign_in("analyst")


@pytest.fixture
def store_manager(sign_in: Callable[..., Client]) -> Client:
    return sign_in("store_manager")


@pytest.fixture
def approver(sign_in: Callable[..., Client]) -> Client:
    return sign_in("approver")
