from pathlib import Path

import pytest

from config.environment import Environment


def test_a_value_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    secret = tmp_path / "secret"
    secret.write_text("postgres://a:p%20w@host/name\n")
    monkeypatch.setenv("SOME_TEST_URL_FILE", str(secret))
    assert Environment().str("SOME_TEST_URL", default="") == "postgres://a:p%20w@host/name"
    assert Environment().db_url("SOME_TEST_URL")["NAME"] == "name"
