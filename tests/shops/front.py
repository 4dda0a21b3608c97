"""A reverse proxy on the loopback in front of a real system, which may act before a request passes or answer itself."""

import contextlib
import http.client
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

# Looks at a request's body before it is passed on. Returns seconds to answer "too many requests" with, or None.
Before = Callable[[str], int | None]


class Front:
    """`url` is what the system's own would be, through here. `passed` are the bodies that reached the system."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self.before: Before = lambda body: None
        self.passed: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return urlunsplit(self._parts._replace(netloc=f"127.0.0.1:{self._server.server_address[1]}"))

    def count(self, word: str) -> int:
        """How many requests with this word in them reached the system."""
        return sum(word in body for body in self.passed)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def pass_on(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Ask the system itself, however long it takes."""
        connection = http.client.HTTPConnection(self._parts.hostname or "", self._parts.port, timeout=60)
        try:
            self.passed.append(body.decode())
            connection.request("POST", path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                limited = front.before(body.decode())
                if limited is not None:
                    self._answer(429, {"retry-after": str(limited)}, b"{}")
                    return
                hop = ("host", "content-length", "connection")
                sent = {name: value for name, value in self.headers.items() if name.lower() not in hop}
                status, headers, said = front.pass_on(self.path, body, sent)
                kept = ("content-type", "vendure-auth-token", "retry-after", "www-authenticate")
                self._answer(status, {name: headers[name] for name in kept if name in headers}, said)

            def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                with contextlib.suppress(OSError):  # whoever asked has gone: the answer is lost
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing: the tests look at `passed`."""

        return Handler
