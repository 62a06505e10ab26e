"""A shop's web server on loopback: an origin of its own, with as strict a content security policy as shops have."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Shop(ThreadingHTTPServer):
    """`pages`: HTML by path. Scripts come from `scripts`, which pages may also talk to, and from nowhere else."""

    daemon_threads = True

    def __init__(self, scripts: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scripts = scripts
        self.pages: dict[str, str] = {}
        self.origin = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Shop

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path)
        self.send_response(404 if page is None else 200)
        allowed = f"'self' {self.server.scripts}"
        self.send_header(
            "Content-Security-Policy", f"default-src 'none'; script-src {allowed}; connect-src {allowed}"
        )
        self.send_header("Content-Type", "text/javascript" if self.path.endswith(".js") else "text/html")
        self.end_headers()
        self.wfile.write((page or "").encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass
