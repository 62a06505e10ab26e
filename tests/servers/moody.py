"""A provider by HTTP in a process of its own that takes mails as Postmark does, in the mood that a file tells it.

`python -m tests.servers.moody --port-file F --log L --mood M`. The log has a line for each mail that it took over,
written before it says so. M holds JSON: {"mood": "good" | "slow" | "busy" | "closed" | "down" | "cut" | "stranger",
"seconds": of a slow answer, or until a busy one may be asked again}.
"""

import argparse
import json
import signal
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: "Moody"

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        mails = given if isinstance(given, list) else [given]
        mood = json.loads(self.server.mood.read_text())
        answer = getattr(self, mood["mood"])
        answer(mails, isinstance(given, list), mood.get("seconds", 1))

    def good(self, mails: list[dict[str, Any]], batch: bool, _seconds: float) -> None:
        taken = [self.server.take(mail) for mail in mails]
        self.say(200, taken if batch else taken[0])

    def slow(self, mails: list[dict[str, Any]], batch: bool, seconds: float) -> None:
        time.sleep(seconds)
        self.good(mails, batch, seconds)

    def busy(self, _mails: list[dict[str, Any]], _batch: bool, seconds: float) -> None:
        self.say(429, {"ErrorCode": 429, "Message": "slow down"}, {"Retry-After": f"{seconds:g}"})

    def closed(self, _mails: list[dict[str, Any]], _batch: bool, _seconds: float) -> None:
        """Surely not taken over."""
        self.say(503, {"ErrorCode": 100, "Message": "maintenance"}, {"Retry-After": "1"})

    def down(self, _mails: list[dict[str, Any]], _batch: bool, _seconds: float) -> None:
        """It may have taken it over; it has not."""
        self.say(500, {"ErrorCode": 100, "Message": "out of order"})

    def cut(self, mails: list[dict[str, Any]], _batch: bool, _seconds: float) -> None:
        """It has taken it over, and does not come to say so."""
        for mail in mails:
            self.server.take(mail)
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def stranger(self, _mails: list[dict[str, Any]], _batch: bool, _seconds: float) -> None:
        self.say(401, {"ErrorCode": 10, "Message": "bad token"})

    def say(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


class Moody(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, log: Path, mood: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.log = log.open("a", buffering=1)
        self.mood = mood
        self.lock = threading.Lock()

    def take(self, mail: dict[str, Any]) -> dict[str, Any]:
        entry = {"to": mail["To"], "id": mail["Metadata"]["delivery"]}
        with self.lock:
            self.log.write(json.dumps(entry) + "\n")
        return {"ErrorCode": 0, "Message": "OK", "MessageID": f"moody-{entry['id']}", "To": mail["To"]}


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--port-file", "--log", "--mood"):
        parser.add_argument(name, type=Path, required=True)
    options = parser.parse_args()
    server = Moody(options.log, options.mood)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    options.port_file.write_text(str(server.server_port))
    server.serve_forever(0.05)


if __name__ == "__main__":
    main()
