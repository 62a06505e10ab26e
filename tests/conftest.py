"""Browser tests need Chromium: without it they are left out, with a word, unless REQUIRE_BROWSER is set."""

import os
import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM or os.environ.get("REQUIRE_BROWSER"):
        return
    missing = pytest.mark.skip(reason="Chromium is not installed (on Debian: apt install chromium)")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(missing)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """Debian's Chromium; the sandbox of a browser needs rights that a container's root does not have."""
    if CHROMIUM is None:
        pytest.fail("Chromium is not installed (on Debian: apt install chromium)")
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--no-sandbox"]}
