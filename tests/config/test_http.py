"""Whatever URL somebody gives us: only servers of the public internet are called, or those that the operator names."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from config import http
from config.http import Forbidden, MaybeSent, NotSent, Session

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Word: hi\r\n\r\nok"


class Server:
    """Answers each request on loopback as a test says, and keeps what it read."""

    def __init__(self, answer: Callable[[socket.socket], None]) -> None:
        self.answer, self.heard, self.connections = answer, [], 0  # type: ignore[var-annotated]
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/door?x=1"

    def _serve(self) -> None:
        while True:
            try:
                line, _who = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        try:
            while data := line.recv(65536):
                self.heard.append(data)
                while data.startswith(b"POST") and data.endswith(b"\r\n\r\n"):  # its body comes by itself
                    data = line.recv(65536)
                self.answer(line)
        except OSError:
            pass
        finally:
            line.close()


@pytest.fixture
def serve(settings: Any) -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def start(answer: Callable[[socket.socket], None] = lambda line: line.sendall(OK)) -> Server:
        server = Server(answer)
        settings.OUTGOING_HOSTS = [f"127.0.0.1:{server.port}"]
        made.append(server)
        return server

    yield start
    for server in made:
        server.listener.close()


HOSTILE = [
    "https://127.0.0.1:{port}/",
    "https://127.1:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f000001:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://0:{port}/",
    "https://0.0.0.0:{port}/",
    "https://localhost:{port}/",
    "https://LOCALHOST.:{port}/",
    "https://[::1]:{port}/",
    "https://[::]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://[64:ff9b::7f00:1]:{port}/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::]:{port}/",
    "https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "https://[ff02::1]/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://100.100.100.200/latest/meta-data/",
    "https://169.254.169.254/latest/meta-data/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://①②⑦.⓪.⓪.①:{port}/",
    "https://127。0。0。1:{port}/",
    "http://8.8.8.8/",
    "https://8.8.8.8:22/",
    "https://8.8.8.8:25/",
    "https://user@8.8.8.8/",
    "https://8.8.8.8:x@127.0.0.1/",
    "https://8.8.8.8\\@127.0.0.1/",
    "https://127.0.0.1:{port}\\.example.org/",
    "https://8.8.8.8/\r\nHost: inside",
    "https://8.8.8.8/ HTTP/1.1",
    "https://8.8.8.8/\x00",
    "https://8.8.8.8:99999/",
    "https://8.8.8.8:-1/",
    "https://[::1/",
    "https://[v1.x]/",
    "https://exa mple.org/",
    "https://" + "a" * 300 + ".example/",
    "https:///path",
    "//8.8.8.8/",
    "ftp://8.8.8.8/",
    "file:///etc/passwd",
    "gopher://8.8.8.8/",
    "unix:///run/x.sock",
    "javascript:alert(1)",
    "",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_url_is_refused_before_anything_is_called(
    url: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    def never(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("connected")

    monkeypatch.setattr(socket, "create_connection", never)
    settings.OUTGOING_HOSTS = ["127.0.0.1:1", "elsewhere.example"]
    session, target = Session(), url.format(port=8443)
    with pytest.raises(Forbidden):
        session.send("POST", target, body=b"secret")
    with pytest.raises(Forbidden):
        http.check(target)


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """A name server that gives one answer after the other, and then the last for ever."""
    left = list(answers)

    def look_up(host: str, port: int, **kwargs: Any) -> list[Any]:
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def test_a_name_with_one_address_inside_is_a_trap(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(Forbidden):
        Session().send("GET", "https://trap.example/")


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the second answer leads inside, and is never asked for."""
    connected: list[str] = []

    def connect(place: tuple[str, int], *args: Any, **kwargs: Any) -> Any:
        connected.append(place[0])
        raise ConnectionRefusedError

    names(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotSent):
        Session().send("GET", "https://rebind.example/")
    assert connected == ["8.8.8.8"]


def test_a_name_that_nobody_knows_is_surely_not_sent() -> None:
    with pytest.raises(NotSent) as caught:
        Session().send("GET", "https://nobody.invalid/secret")
    assert not isinstance(caught.value, Forbidden)
    assert "secret" not in str(caught.value)


def test_calls_share_a_connection(serve: Callable[..., Server]) -> None:
    server, session = serve(), Session()
    for _n in range(3):
        answer = session.send("POST", server.url, headers={"X-A": "ü"}, body=b"a=b")
        assert (answer.status, answer.body, answer.headers["x-word"]) == (200, b"ok", "hi")
    assert server.connections == 1
    assert len(server.heard) == 3
    assert server.heard[0].startswith(b"POST /door?x=1 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}".encode() in server.heard[0]
    session.close()


def test_head_and_body_of_a_call_travel_in_one_piece(serve: Callable[..., Server]) -> None:
    server, body = serve(), b"x" * 4096
    Session().send("POST", server.url, body=body)
    [heard] = server.heard
    assert heard.startswith(b"POST /door?x=1 HTTP/1.1")
    assert heard.endswith(b"\r\n\r\n" + body)


def test_a_large_body_travels_whole(serve: Callable[..., Server]) -> None:
    """What is held back until an answer is waited for has a limit; nothing of it may be left over or lost."""
    wanted, got = 300_000, list[int]()

    def count(line: socket.socket) -> None:
        while sum(map(len, server.heard)) + sum(got) < wanted:
            got.append(len(line.recv(65536)))
        line.sendall(OK)

    server = serve(count)
    assert Session().send("POST", server.url, body=b"x" * wanted).status == 200
    assert wanted <= sum(map(len, server.heard)) + sum(got) < wanted + 1000


def test_a_redirect_is_an_answer_and_not_followed(serve: Callable[..., Server]) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    assert Session().send("GET", serve(lambda line: line.sendall(moved)).url).status == 302


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\x00", "日本"])
def test_a_header_cannot_end_its_line(serve: Callable[..., Server], value: str) -> None:
    server = serve()
    with pytest.raises(Forbidden):
        Session().send("GET", server.url, headers={"X-A": value})
    assert not server.heard


def test_nobody_there_is_surely_not_sent(settings: Any) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.OUTGOING_HOSTS = ["127.0.0.1"]
        with pytest.raises(NotSent):
            Session().send("POST", f"http://127.0.0.1:{closed.getsockname()[1]}/", body=b"x")


def hang_up(line: socket.socket) -> None:
    line.shutdown(socket.SHUT_RDWR)


def drip(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _n in range(100):
        line.sendall(b"x")
        time.sleep(0.05)


@pytest.mark.parametrize(
    "answer",
    [
        hang_up,
        lambda line: time.sleep(2),
        drip,
        lambda line: line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf") or hang_up(line),  # type: ignore[func-returns-value]
        lambda line: line.sendall(b"what?\r\n\r\n"),
        lambda line: line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 2_000_000),
    ],
    ids=["hangs up", "says nothing", "drips", "half an answer", "nonsense", "floods"],
)
def test_what_the_server_may_have_heard_is_said_so_in_time(
    serve: Callable[..., Server], answer: Callable[[socket.socket], None]
) -> None:
    server, started = serve(answer), time.monotonic()
    with pytest.raises(MaybeSent):
        Session().send("POST", server.url, body=b"x", timeout=0.5)
    assert time.monotonic() - started < 2
    assert b"".join(server.heard).count(b"POST") == 1


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("999999", 3600),
        ("", None),
        ("-1", None),
        ("²", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_how_long_a_server_asks_us_to_wait(said: str, seconds: float | None) -> None:
    assert http.wait(said) == seconds
