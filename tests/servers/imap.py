"""A real IMAP server (pymap) on loopback, with one inbox in memory."""

import argparse
import asyncio
import imaplib
import logging
import threading
from collections.abc import Iterable

from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer, IMAPService

USER, PASSWORD = "bounces", "right"


class Inbox:
    """As a context manager it runs in a thread of its own."""

    port = 0

    def __enter__(self) -> "Inbox":
        logging.getLogger("pymap").setLevel(logging.CRITICAL)
        self._loop, ready = asyncio.new_event_loop(), threading.Event()
        self._thread = threading.Thread(
            target=lambda: self._loop.run_until_complete(self._serve(ready)), daemon=True
        )
        self._thread.start()
        assert ready.wait(10)
        return self

    async def _serve(self, ready: threading.Event) -> None:
        parser = argparse.ArgumentParser()
        IMAPService.add_arguments(parser)
        options = parser.parse_args(["--no-tls"])
        options.__dict__.update(debug=False, insecure_login=True, passlib_cfg=None)
        options.__dict__.update(demo_data=False, demo_user=USER, demo_password=PASSWORD)
        backend, config = await DictBackend.init(options)
        config.apply_context()
        answer = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(backend.login, config))
        self._stop = asyncio.Event()
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            await self._stop.wait()

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    def open(self) -> imaplib.IMAP4:
        imap = imaplib.IMAP4("127.0.0.1", self.port, timeout=5)
        imap.login(USER, PASSWORD)
        imap.select("INBOX")
        return imap

    def put(self, *mails: bytes) -> None:
        with self.open() as imap:
            for mail in mails:
                assert imap.append("INBOX", None, None, mail)[0] == "OK"

    def subjects(self) -> list[str]:
        """Of the mails that are there, in their order."""
        with self.open() as imap:
            _status, data = imap.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
            return [_subject(each[1]) for each in _pairs(data)]

    def flags(self) -> list[str]:
        with self.open() as imap:
            return [str(line, "ascii") for line in imap.fetch("1:*", "(FLAGS)")[1] if isinstance(line, bytes)]


def _pairs(data: Iterable[object]) -> list[tuple[bytes, bytes]]:
    return [each for each in data if isinstance(each, tuple)]


def _subject(head: bytes) -> str:
    return head.decode().partition(":")[2].strip()
