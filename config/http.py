"""The one way to call other servers: only public ones, unless the operator names them in OUTGOING_HOSTS.

A URL may come from anybody. So its name is looked up once, each address of it must be a public one, and the connection
goes to the address that was looked at: a name that answers differently the next time gains nothing. Redirects are
answers like others. A call has one deadline for all of it, and an answer a largest size.
"""

import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import httpcore
import idna
from django.conf import settings

from config.networks import is_public

TIMEOUT = 14.0
LARGEST = 1_000_000  # bytes of an answer
LONGEST_WAIT = 3600.0  # seconds that a server may ask for
IDLE = 10.0  # seconds after which a kept connection is not trusted any more
SECURE_PORT, FIRST_FREE_PORT = 443, 1024


class CallError(Exception):
    """A call without an answer. Its words hold neither the URL's path nor what was sent."""


class NotSent(CallError):
    """Surely nothing of it has reached the server."""


class Forbidden(NotSent):
    """It is not for us to call that."""


class MaybeSent(CallError):
    """The server may have heard it, whole or in part."""


class Answer(NamedTuple):
    """`headers` are by small letters; of a repeated one the last counts."""

    status: int
    headers: dict[str, str]
    body: bytes


class Session:
    """Connections that are kept for the next call. One process may use it from several threads."""

    def __init__(self, connections: int = 10) -> None:
        self._calls = threading.local()
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=IDLE,
            network_backend=_Guarded(self._calls),
        )

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout: float = TIMEOUT,
        largest: int = LARGEST,
    ) -> Answer:
        """Raises Forbidden, NotSent or MaybeSent. Any answer is one, also a redirect or an error."""
        target = _target(url)
        given = _header_lines({"Host": _shown(target), "Accept-Encoding": "identity"} | dict(headers or {}))
        self._calls.deadline = monotonic() + timeout
        each = dict.fromkeys(("connect", "read", "write", "pool"), timeout)
        try:
            with self._pool.stream(
                method, target, headers=given, content=body, extensions={"timeout": each}
            ) as answer:
                return Answer(answer.status, _headers(answer.headers), _body(answer.iter_stream(), largest))
        except CallError:
            raise
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
            raise NotSent(_words(error)) from error
        except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol) as error:
            raise Forbidden(_words(error)) from error
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise MaybeSent(_words(error)) from error

    def close(self) -> None:
        self._pool.close()


def wait(retry_after: str) -> float | None:
    """The seconds that a server's Retry-After asks for, within bounds; None for a date and for anything else."""
    plain = retry_after.isascii() and retry_after.isdigit()
    return min(float(retry_after), LONGEST_WAIT) if plain else None


def check(url: str) -> None:
    """For forms: raises Forbidden for what would never be called, NotSent for a name that nobody knows."""
    target = _target(url)
    host, port = target.host.decode(), target.port or SECURE_PORT
    if not _is_named(host, port):
        _public(host, port)


def place(url: str) -> tuple[str, str, int]:
    """Scheme, host and port that a call of this URL would connect to. Raises Forbidden for what is no URL of ours."""
    target = _target(url)
    return target.scheme.decode(), target.host.decode(), target.port or SECURE_PORT


BAD_SIGNS = re.compile(r"[\x00-\x20\x7f-\x9f\\]|\s")
HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.ASCII)


def _target(url: str) -> httpcore.URL:
    """The parts of a URL that we may call; connecting uses these very parts, so nobody reads it differently."""
    if BAD_SIGNS.search(url):
        raise Forbidden("The URL holds signs that no URL holds.")
    try:
        parts = urlsplit(url)
        host, port = _host(parts), parts.port or (80 if parts.scheme == "http" else SECURE_PORT)
    except (ValueError, idna.IDNAError) as error:
        raise Forbidden("This is no URL.") from error
    if parts.username is not None or parts.password is not None:
        raise Forbidden("A URL must not hold a name or password.")
    _check_door(parts.scheme, host, port)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return httpcore.URL(
        scheme=parts.scheme, host=host.encode(), port=port, target=path.encode("ascii", "backslashreplace")
    )


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower().removesuffix(".")
    if "[" in parts.netloc or ":" in host:
        return str(ipaddress.IPv6Address(host))
    name = host if host.isascii() else idna.encode(host, uts46=True).decode()
    if len(name) > 253 or not HOST.fullmatch(name):
        raise ValueError
    return name


def _shown(target: httpcore.URL) -> str:
    """The Host header. The usual port is left out: some servers sign or route by the bare name."""
    host = target.host.decode()
    host = f"[{host}]" if ":" in host else host
    return host if (target.scheme, target.port) == (b"https", SECURE_PORT) else f"{host}:{target.port}"


def _check_door(scheme: str, host: str, port: int) -> None:
    if scheme != "https" and not (scheme == "http" and _is_named(host, port)):
        raise Forbidden("Only https is called.")
    if port != SECURE_PORT and port < FIRST_FREE_PORT and not _is_named(host, port):
        raise Forbidden("This port is no web server's.")


def _is_named(host: str, port: int) -> bool:
    """Whether the operator allows this host (`name` or `name:port`), wherever it may lead."""
    shown = f"[{host}]" if ":" in host else host
    named = {each.lower() for each in settings.OUTGOING_HOSTS}
    return bool(named & {shown, f"{shown}:{port}"})


def _public(host: str, port: int) -> list[str]:
    """The addresses behind a name. One that is not public makes it a trap."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent("The name of the server is not known.") from error
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not addresses or not all(is_public(each) for each in addresses):
        raise Forbidden("The server is none of the public internet.")
    return addresses


class _Guarded(httpcore.NetworkBackend):
    """Connects to addresses that were looked at, and to no others."""

    def __init__(self, calls: threading.local) -> None:
        self._plain, self._calls = httpcore.SyncBackend(), calls

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = [host] if _is_named(host, port) else _public(host, port)
        for address in addresses[:-1]:
            try:
                return self._connect(address, port, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(addresses[-1], port, socket_options)

    def _connect(
        self, address: str, port: int, options: Iterable[httpcore.SOCKET_OPTION] | None
    ) -> httpcore.NetworkStream:
        left = _left(self._calls, httpcore.ConnectTimeout)
        return _Timed(self._plain.connect_tcp(address, port, left, socket_options=options), self._calls)

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        raise Forbidden("Only https is called.")


MOST_HELD = 64_000  # bytes


class _Timed(httpcore.NetworkStream):
    """Every wait ends with the call's deadline, so that drops of an answer cannot hold a worker.

    What is written leaves when an answer is waited for: head and body of a call in one piece, which halves its cost.
    """

    def __init__(self, stream: httpcore.NetworkStream, calls: threading.local) -> None:
        self._stream, self._calls, self._held = stream, calls, b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._flush()
        return self._stream.read(max_bytes, _left(self._calls, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._held += buffer
        if len(self._held) > MOST_HELD:
            self._flush()

    def _flush(self) -> None:
        held, self._held = self._held, b""
        if held:
            self._stream.write(held, _left(self._calls, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self._calls, httpcore.ConnectTimeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._calls)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _left(calls: threading.local, late: type[Exception]) -> float:
    left: float = calls.deadline - monotonic()
    if left <= 0:
        raise late("The time was up.")
    return left


def _header_lines(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    try:
        return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
    except UnicodeError as error:
        raise Forbidden("A header holds signs that no header holds.") from error


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pairs}


def _body(stream: Iterable[bytes], largest: int) -> bytes:
    parts, size = [], 0
    for part in stream:
        size += len(part)
        if size > largest:
            raise MaybeSent("The answer is too large.")
        parts.append(part)
    return b"".join(parts)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200] if str(error) else type(error).__name__
