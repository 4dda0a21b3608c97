"""A calendar on loopback, as a team's own server would offer it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class _Calendar(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        from tests.rota.test_feed import calendar, one

        if self.path != "/rota.ics":
            self.send_response(302)
            self.send_header("Location", "/rota.ics")
            self.end_headers()
            return
        body = calendar(one("Olga"))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def calendar_server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Calendar)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
