from pathlib import Path

import pytest
import redis

from config.embedded.runtime import Runtime
from config.embedded.services import Lease, running
from tests.config.installed import ends, eventually, folder, keeper_of, kill, server_of


@pytest.fixture
def runtime(tmp_path: Path):
    with folder(tmp_path) as made:
        yield made


def client(runtime: Runtime) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(runtime.broker_socket))


@pytest.mark.parametrize("victim", ["server", "keeper"])
def test_waiting_tasks_survive_kill_minus_nine(runtime: Runtime, victim: str):
    lease = Lease(runtime, "valkey").take()
    client(runtime).rpush("celery", "task")
    client(runtime).execute_command("WAITAOF", 1, 0, 5000)
    kill(
        server_of(runtime, "valkey", "valkey-server") if victim == "server" else keeper_of(runtime, "valkey")
    )
    eventually(lambda: not lease.is_alive())
    lease.release()
    ends(runtime)
    with running(runtime, ["valkey"]):
        assert client(runtime).lrange("celery", 0, -1) == [b"task"]


def test_data_that_cannot_be_read_is_put_aside(runtime: Runtime):
    with running(runtime, ["valkey"]):
        client(runtime).set("a", "b")
    manifest = next((runtime.var / "valkey" / "appendonlydir").glob("*.manifest"))
    manifest.write_text("nonsense\n")
    with running(runtime, ["valkey"]):
        assert client(runtime).get("a") is None
    assert (runtime.var / "valkey.unreadable").exists()


def test_only_the_owner_reaches_the_socket(runtime: Runtime):
    with running(runtime, ["valkey"]):
        assert runtime.broker_socket.stat().st_mode & 0o077 == 0
        assert client(runtime).config_get("port") == {"port": "0"}
