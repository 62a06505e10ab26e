"""docs/operations.md names every variable of the environment that the settings read, and its default."""

import re

import pytest

from config.embedded.services import ROOT

SETTINGS = (ROOT / "config" / "settings.py").read_text()
TABLE = re.findall(r"^\| (`[A-Z_<>`, ]+`) \| (.*?) \|", (ROOT / "docs" / "operations.md").read_text(), re.M)
DOCUMENTED = {name: default for names, default in TABLE for name in re.findall(r"[A-Z_]+", names)}
NUMBERS = dict(re.findall(r'env\.(?:int|float)\("(\w+)", default=([\d_.]+)\)', SETTINGS))


def test_every_variable_is_in_the_table() -> None:
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', SETTINGS))
    assert len(read) > 15
    assert read <= set(DOCUMENTED)


@pytest.mark.parametrize("name", sorted(NUMBERS.keys() - {"WEB_WORKERS", "WORKER_PROCESSES"}))
def test_the_default_in_the_table_is_the_one_that_holds(name: str) -> None:
    assert float(DOCUMENTED[name].replace(",", "")) == float(NUMBERS[name])
