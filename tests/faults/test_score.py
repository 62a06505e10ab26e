"""A row of the score table that no test stands for any more is noticed, in the full run and in any other."""

import re

import pytest

from tests.faults import score

MARK = re.compile(r"mark\.fault\(([^)]*)\)")
ROW = re.compile(r'"(F\d+)"')


def rows_in_tests() -> set[str]:
    """Those that a mark names which is not only a negative control."""
    texts = (path.read_text() for path in (score.ROOT / "tests").rglob("test_*.py"))
    marks = (mark for text in texts for mark in MARK.findall(text) if "control" not in mark)
    return {row for mark in marks for row in ROW.findall(mark)}


def test_every_row_of_the_table_has_a_test_and_every_test_a_row() -> None:
    assert rows_in_tests() == set(score.EXPECTED)


def test_a_row_that_vanished_is_named_and_fails_the_run() -> None:
    rows = {row: {"trials": 1} for row in score.EXPECTED}
    assert score.missing(rows) == []
    del rows["F12"]
    rows["F2"] = {"controls": 1}
    assert score.missing(rows) == ["F2", "F12"]


def test_only_a_whole_run_must_have_them_all(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pytest.Config.ArgsSource.TESTPATHS
    monkeypatch.setattr(pytestconfig, "args_source", whole)
    monkeypatch.setattr(pytestconfig.option, "keyword", "")
    assert score.is_whole(pytestconfig)
    monkeypatch.setattr(pytestconfig.option, "keyword", "kills")
    assert not score.is_whole(pytestconfig)
    monkeypatch.setattr(pytestconfig.option, "keyword", "")
    monkeypatch.setattr(pytestconfig, "args_source", pytest.Config.ArgsSource.ARGS)
    assert not score.is_whole(pytestconfig)
