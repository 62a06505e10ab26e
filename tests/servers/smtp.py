"""A small SMTP server whose own log is the truth: one JSON line per mail that it took over, written before it
says so. What it does with a mail is in the local part of the recipient's address.

As a program: `python -m tests.servers.smtp --socket-file F --log L`; the port it listens on is written to F.
"""

import argparse
import asyncio
import json
import re
import signal
import threading
from pathlib import Path
from typing import TextIO

# local part -> the reply to RCPT
REFUSED = {
    "nobody": b"550 5.1.1 no such user",
    "oldnobody": b"550 no such user",
    "full": b"552 5.2.2 mailbox full",
    "busy": b"451 4.3.0 try again",
    "policy": b"554 5.7.1 relaying denied",
}
# local part -> the reply to the whole mail
AFTER = {"content": b"554 5.6.0 content refused", "later": b"452 4.3.1 out of space"}
FEATURES = ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
ADDRESS = re.compile(rb"<([^>]*)>")
MESSAGE_ID = re.compile(rb"^Message-ID: *(\S+)", re.I | re.M)


class Log:
    """The mails taken over, in memory and in a file."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.file: TextIO | None = path.open("a", buffering=1) if path else None
        self.mails: list[dict[str, str]] = []

    def add(self, recipient: str, content: bytes, sender: str = "") -> None:
        found = MESSAGE_ID.search(content)
        entry = {"to": recipient, "id": found[1].decode() if found else ""}
        if self.file:
            self.file.write(json.dumps(entry) + "\n")
        else:
            self.mails.append(entry | {"content": content.decode("latin-1"), "from": sender})


class Session(asyncio.Protocol):
    def __init__(self, server: "Server") -> None:
        self.server = server
        self.buffer = b""
        self.content = False
        self.sender = b""
        self.recipient = ""
        self.alive = True
        self.answering = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.connections += 1
        self.number = self.server.connections
        self.server.open += 1
        if self.server.most and self.server.open > self.server.most:
            self.say(b"421 4.7.0 too many connections")
            self.alive = False
            self.transport.close()
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(self.server.greeting, self.say, b"220 test ESMTP")

    def connection_lost(self, _error: Exception | None) -> None:
        self.server.open -= 1

    def say(self, line: bytes) -> None:
        self.transport.write(line + b"\r\n")

    def cut(self) -> None:
        self.alive = False
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.number <= self.server.deaf:
            return
        self.buffer += data
        while self.alive and not self.answering:
            end = b"\r\n.\r\n" if self.content else b"\r\n"
            # An empty content is the dot alone.
            if self.content and self.buffer.startswith(b".\r\n"):
                part, self.buffer = b"", self.buffer[3:]
            elif end in self.buffer:
                part, _, self.buffer = self.buffer.partition(end)
            else:
                return
            self.mail(part) if self.content else self.command(part)

    def command(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb in (b"EHLO", b"HELO"):
            features = [*self.server.features, *([b"AUTH PLAIN LOGIN"] if self.server.password else [])]
            names = [f if isinstance(f, bytes) else f.encode() for f in features]
            lines = [b"test", *names]
            for n, each in enumerate(lines):
                self.say(b"250" + (b" " if n == len(lines) - 1 else b"-") + each)
        elif verb == b"AUTH":
            self.say(b"535 5.7.8 wrong password")
        elif verb == b"MAIL":
            self.envelope(line)
        elif verb == b"RCPT":
            self.rcpt(line)
        elif verb == b"DATA":
            self.data()
        elif verb == b"RSET":
            self.sender, self.recipient = b"", ""
            self.say(b"250 2.0.0 reset")
        elif verb == b"QUIT":
            self.say(b"221 2.0.0 bye")
            self.transport.close()
        else:
            self.say(b"500 5.5.2 what")

    def envelope(self, line: bytes) -> None:
        if self.sender:
            self.say(b"503 5.5.1 nested MAIL command")
        elif self.server.password:
            self.say(b"530 5.7.0 authentication required")
        else:
            self.sender = ADDRESS.findall(line)[0] or b"<>"
            self.say(b"250 2.1.0 ok")

    def rcpt(self, line: bytes) -> None:
        recipient = ADDRESS.findall(line)[0].decode()
        local = recipient.partition("@")[0]
        if not self.sender:
            self.say(b"503 5.5.1 need MAIL")
        elif local == "hangup":
            self.say(b"421 4.3.2 shutting down")
            self.alive = False
            self.transport.close()
        elif local == "cut-before":
            self.cut()
        elif local in REFUSED:
            self.say(REFUSED[local])
        else:
            self.recipient = recipient
            self.say(b"250 2.1.5 ok")

    def data(self) -> None:
        # Some servers wait for content although they refused the recipient.
        if self.recipient or (self.sender and self.server.lenient):
            self.content = True
            self.say(b"354 go on")
        else:
            self.say(b"503 5.5.1 no valid recipients")

    def mail(self, content: bytes) -> None:
        sender, recipient = self.sender.decode(), self.recipient
        self.content, self.sender, self.recipient = False, b"", ""
        local = recipient.partition("@")[0]
        if not recipient:
            self.say(b"554 5.5.1 no valid recipients")
        elif local in AFTER:
            self.say(AFTER[local])
        elif local == "cut-unaccepted":
            self.cut()
        else:
            self.server.log.add(recipient, content.replace(b"\r\n..", b"\r\n."), sender)
            if local == "cut-after":
                self.cut()
            else:
                self.answer()

    def answer(self) -> None:
        if self.server.delay:
            self.answering = True
            asyncio.get_running_loop().call_later(self.server.delay, self.resume)
        else:
            self.say(b"250 2.0.0 queued")

    def resume(self) -> None:
        self.answering = False
        if not self.transport.is_closing():
            self.say(b"250 2.0.0 queued")
            self.data_received(b"")


class Server:
    """Listens on loopback; as a context manager, in a thread of its own."""

    def __init__(
        self,
        log: Log | None = None,
        features: tuple[str, ...] = FEATURES,
        lenient: bool = False,
        password: str = "",
        delay: float = 0,
        most: int = 0,
        greeting: float = 0,
    ) -> None:
        self.log = log or Log()
        self.features = features
        self.lenient = lenient
        self.password = password
        self.delay = delay
        self.most, self.greeting = most, greeting
        self.deaf = 0  # so many connections, the first ones, are dead without a word
        self.connections = self.open = 0
        self.port = 0

    async def listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Session(self), "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def __enter__(self) -> "Server":
        ready = threading.Event()
        self.loop = asyncio.new_event_loop()

        async def serve() -> None:
            self.stop = asyncio.Event()
            async with await self.listen():
                ready.set()
                await self.stop.wait()

        self.thread = threading.Thread(target=lambda: self.loop.run_until_complete(serve()), daemon=True)
        self.thread.start()
        ready.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(5)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port-file", type=Path, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--delay", type=float, default=0)
    options = parser.parse_args()
    server = Server(Log(options.log), delay=options.delay)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with await server.listen():
        options.port_file.write_text(str(server.port))
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
