"""The script `stammkunde`, as a module; its children are fakes, except where it says so."""

import hashlib
import importlib.util
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import SimpleNamespace

import pytest

from config.embedded.services import ROOT

LOCK = "requirements.txt"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The script with a clone and a `.venv` of its own, which runs nothing but notes what it would."""
    loader = SourceFileLoader("stammkunde_script", str(ROOT / "stammkunde"))
    loader.path = str(ROOT / "stammkunde")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader.exec_module(module)
    module.ran = []
    for name, value in {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "PYTHON": tmp_path / ".venv" / "bin" / "python",
        "run": module.ran.append,
        "become": lambda command, variables: module.ran.append([command, variables]),
    }.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    (tmp_path / LOCK).write_text("django==5.2\n")
    return module


def give_python(folder: Path) -> None:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)


def words(command: list) -> str:
    return " ".join(map(str, command))


def test_the_first_run_makes_the_environment_and_installs_with_hashes(script):
    script.make_venv = lambda: give_python(script.VENV)
    script.prepare(LOCK)
    assert words(script.ran[-1]).endswith(f"--require-hashes -r {LOCK}")
    assert " -m pip install " in words(script.ran[-1])


def test_later_runs_install_nothing_until_the_lock_changes(script):
    give_python(script.VENV)
    script.prepare(LOCK)
    script.ran.clear()
    script.prepare(LOCK)
    assert script.ran == []
    (script.ROOT / LOCK).write_text("django==5.2.1\n")
    script.prepare(LOCK)
    assert len(script.ran) == 1


def test_an_installation_that_failed_is_repeated(script):
    give_python(script.VENV)

    def fail(command: list) -> None:
        script.give_up("no network")

    script.run = fail
    with pytest.raises(SystemExit):
        script.prepare(LOCK)
    script.run = script.ran.append
    script.prepare(LOCK)
    assert len(script.ran) == 1


def test_uv_is_used_where_it_is(script, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(script.shutil, "which", lambda name: "/usr/bin/uv" if name == "uv" else None)
    give_python(script.VENV)
    script.prepare(LOCK)
    assert (
        words(script.ran[0])
        == f"/usr/bin/uv pip install --quiet --python {script.PYTHON} --require-hashes -r {LOCK}"
    )


def test_an_environment_that_is_a_link_is_used_and_never_replaced(script, tmp_path: Path, capsys):
    elsewhere = tmp_path / "elsewhere"
    give_python(elsewhere)
    script.VENV.symlink_to(elsewhere)
    script.prepare(LOCK)
    wanted = hashlib.sha256((script.ROOT / LOCK).read_bytes()).hexdigest()
    assert (elsewhere / f".{LOCK}.sha256").read_text() == wanted
    (elsewhere / "bin" / "python").unlink()
    with pytest.raises(SystemExit):
        script.prepare(LOCK)
    assert "points to" in capsys.readouterr().err


def test_a_missing_venv_module_is_one_sentence_with_the_package(
    script, monkeypatch: pytest.MonkeyPatch, capsys
):
    monkeypatch.setattr(script.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as found:
        script.prepare(LOCK)
    assert found.value.code == 1
    assert "apt install python3-venv" in capsys.readouterr().err


def test_an_old_python_is_one_sentence(script, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr(script.sys, "version_info", (3, 9, 2, "final", 0))
    with pytest.raises(SystemExit):
        script.use_new_enough_python()
    assert capsys.readouterr().err == "Python 3.9 is too old; install Python 3.11 or newer and try again.\n"


def test_a_full_disk_is_said_before_installing(script, monkeypatch: pytest.MonkeyPatch, capsys):
    give_python(script.VENV)
    monkeypatch.setattr(script.shutil, "disk_usage", lambda path: SimpleNamespace(free=5_000_000))
    with pytest.raises(SystemExit):
        script.prepare(LOCK)
    assert "Only 5 MB are free" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "port"),
    [
        (["--port", "9000"], "9000"),
        (["--empty", "--port=9001"], "9001"),
        (["--empty"], None),
        (["--port"], None),
    ],
)
def test_the_port_is_known_to_the_settings(
    script, monkeypatch: pytest.MonkeyPatch, arguments: list[str], port: str | None
):
    monkeypatch.delenv("PORT", raising=False)
    give_python(script.VENV)
    script.up(arguments)
    command, variables = script.ran[-1]
    assert command == [script.PYTHON, "manage.py", "up", *arguments]
    assert variables == ({"PORT": port} if port else {})


@pytest.mark.parametrize("port", ["80o0", "0", "-1", "65536", "٨٠٨٠", "9" * 5000])
def test_a_port_that_is_none_is_one_sentence_before_anything_is_made(
    script, monkeypatch: pytest.MonkeyPatch, capsys, port: str
):
    for arguments, variable in (["--port", port], ""), ([f"--port={port}"], "9000"), ([], port):
        monkeypatch.setenv("PORT", variable)
        with pytest.raises(SystemExit):
            script.up(arguments)
        assert f"There is no port {port}; choose one" in capsys.readouterr().err
    assert not script.ran


def test_commands_run_with_the_services(script):
    give_python(script.VENV)
    script.manage(["migrate", "--plan"])
    command, _variables = script.ran[-1]
    assert words(command).endswith("-m config.embedded manage migrate --plan")


def test_one_failure_fails_the_whole_and_all_are_named(script, capsys):
    with pytest.raises(SystemExit) as found:
        script.finish([("types", True), ("style", False), ("tests", False)])
    assert found.value.code == 1
    assert capsys.readouterr().out == "FAILED: style, tests\n"


def test_a_check_is_quiet_unless_it_fails(script, capsys):
    assert script.run_quietly("good one", [sys.executable, "-c", "print('chatter')"], {}) == (
        "good one",
        True,
    )
    assert "chatter" not in capsys.readouterr().out
    assert script.run_quietly("bad one", [sys.executable, "-c", "exit('reason')"], {}) == ("bad one", False)
    assert "reason" in capsys.readouterr().out


def test_tests_have_a_server_of_their_own(script, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STAMMKUNDE_VAR", "/srv/stammkunde")
    environment = script.test_environment({})
    assert environment["STAMMKUNDE_VAR"] == str(script.ROOT / "var" / "test")
    assert environment["EMBEDDED_THROWAWAY"] == "1"


def test_an_unknown_command_shows_the_known_ones():
    """The real script, as a process."""
    done = subprocess.run([sys.executable, ROOT / "stammkunde", "upp"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("There is no command called upp.\n./stammkunde up ")
    known = subprocess.run([sys.executable, ROOT / "stammkunde"], capture_output=True, text=True)
    assert (known.returncode, known.stdout.count("\n")) == (0, 8)
