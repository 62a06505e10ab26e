import re
import signal
import socket
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from config.embedded import problem, processes, supervisor
from config.embedded.problem import Problem
from config.embedded.runtime import Runtime
from config.management.commands import up
from tests.config.installed import Up, command_line, ends, eventually, everything, folder, kill, query


@pytest.fixture
def port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def programs(runtime: Runtime, word: bytes) -> list[int]:
    marked = processes.with_variable(supervisor.MARK, str(runtime.var))
    return sorted(pid for pid in marked if word in command_line(pid))


def test_up_from_the_first_start_to_the_last(tmp_path: Path, port: int):
    with folder(tmp_path) as runtime:
        first = Up(runtime, port, "--empty")
        address, user, password = first.line().split()
        assert (address, user) == (f"http://127.0.0.1:{port}/", "admin@stammkunde.example")
        assert signs_in(port, user, password)
        accounts = "SELECT name, backend, channel FROM channels_account"
        assert query(runtime, accounts) == [("Sandbox", "sandbox", "email")]
        query(runtime, "DELETE FROM channels_account RETURNING id")

        second = Up(runtime, port, "--empty")
        code, said = second.finish()
        assert (code, f"It runs already: http://127.0.0.1:{port} (process {first.process.pid})" in said) == (
            1,
            True,
        )

        for word in (b"granian", b"worker", b"beat"):
            eventually(lambda word=word: programs(runtime, word))
            before = programs(runtime, word)
            kill(before[0])
            eventually(
                lambda word=word, gone=before[0]: (
                    programs(runtime, word) and gone not in programs(runtime, word)
                )
            )
        eventually(lambda: up.answers(port))

        kill(first.process.pid)
        first.finish()
        ends(runtime)

        third = Up(runtime, port)
        assert third.line().split() == [address, user]
        assert query(runtime, accounts) == [], "what somebody took away is not made again"
        assert signs_in(port, user, password)
        assert third.finish(signal.SIGINT) == (0, "")
        assert everything(runtime) == []


def test_killed_while_its_pages_load_nothing_of_it_stays(tmp_path: Path, port: int):
    with folder(tmp_path) as runtime:
        first = Up(runtime, port, "--empty")
        eventually(lambda: len(programs(runtime, b"granian")) > 1, patience=90)
        kill(first.process.pid)
        first.finish()
        ends(runtime)


def signs_in(port: int, user: str, password: str) -> bool:
    """Whether the sign-in page takes this password."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/sign-in/")
    answer = connection.getresponse()
    cookie = answer.getheader("Set-Cookie").split(";")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())[1]
    form = urlencode({"username": user, "password": password, "csrfmiddlewaretoken": token})
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sign-in/", form, headers)
    answer = connection.getresponse()
    return answer.status == 302


def test_a_taken_port_is_one_sentence(port: int):
    with socket.create_server(("127.0.0.1", port)), pytest.raises(Problem) as found:
        up.require_free(port)
    assert str(found.value) == (
        f"Port {port} is taken by another program; choose another: ./stammkunde up --port {port + 1}"
    )


@pytest.mark.parametrize("number", [70000, 0, -1])
def test_a_port_that_does_not_exist_is_one_sentence(number: int):
    with pytest.raises(Problem, match=f"There is no port {number};"):
        up.require_free(number)


def test_somebody_elses_pages_at_the_port_are_not_ours(port: int):
    with socket.create_server(("127.0.0.1", port)) as server:
        server.settimeout(5)
        assert not up.answers(port + 1)


def test_too_little_space_is_said_before_anything_is_written(tmp_path: Path):
    with pytest.raises(
        Problem, match=r"Only \d+ MB are free on the disk of .*; make room, 1000000000 MB at least"
    ):
        problem.require_space(tmp_path, 1_000_000_000)


@pytest.mark.parametrize(
    ("number", "words"),
    [(28, "is full; make room"), (13, "may not be written by this user"), (5, "Input/output error")],
)
def test_errors_of_the_system_are_sentences(number: int, words: str, tmp_path: Path):
    error = OSError(number, "Input/output error", str(tmp_path))
    assert words in str(problem.from_error(error, tmp_path))
