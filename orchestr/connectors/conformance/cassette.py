"""Replies of a live system, recorded without secrets and played back for tests that run without it.

    with recording(system, to=Path("tests/cassettes/price.json")) as recorded:
        session = CONNECTOR.open(recorded, credentials, "read")        # goes through to the live system
    with replaying(system, from_=Path("tests/cassettes/price.json")) as replayed:
        session = CONNECTOR.open(replayed, credentials, "read")        # answers come from the file

Requests are told apart by method, address and body; the same one asked again gets the answers in the order they
were recorded, then the last one. No header of a request is kept. Whatever is named like a secret is replaced in
bodies and answers before anything is written, and so is every secret given as `hide`.
"""

import http.client
import json
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from orchestr.connectors.base import Json, SystemConfig
from orchestr.connectors.http import AnswerLost, Http, NeverSent

HIDDEN = "hidden"
SECRET = re.compile(r"token|secret|password|passwd|api[-_]?key|authorization|credential|session|cookie", re.IGNORECASE)
# A form or an address: `client_secret=…` up to the next part.
PAIR = re.compile(rf"((?:^|[?&])[^=&]*(?:{SECRET.pattern})[^=&]*=)[^&]*", re.IGNORECASE)
KEPT_HEADERS = ("content-type", "retry-after")


@dataclass
class _Tape:
    """What was asked and answered. `hide` are texts that may stand nowhere."""

    hide: tuple[str, ...] = ()
    replies: list[dict[str, Json]] = field(default_factory=list)
    played: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def asked(self, method: str, path: str, body: bytes) -> str:
        return json.dumps([method, self.clean(PAIR.sub(rf"\1{HIDDEN}", path)), self.body(body)])

    def body(self, raw: bytes) -> str:
        text = raw.decode("utf-8", errors="replace")
        try:
            return self.clean(json.dumps(_hidden(json.loads(text)), sort_keys=True)) if text else ""
        except ValueError:
            return self.clean(PAIR.sub(rf"\1{HIDDEN}", text))

    def clean(self, text: str) -> str:
        for secret in self.hide:
            text = text.replace(secret, HIDDEN)
        return text

    def keep(self, asked: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        said = {name: headers[name] for name in KEPT_HEADERS if name in headers}
        # A session's token may come in a header: its name is kept, so that the connector finds one.
        said |= {name: HIDDEN for name in headers if SECRET.search(name)}
        with self.lock:
            self.replies.append({"asked": asked, "status": status, "headers": said, "body": self.body(body)})

    def play(self, asked: str) -> dict[str, Json] | None:
        with self.lock:
            found = [reply for reply in self.replies if reply["asked"] == asked]
            if not found:
                return None
            turn = min(self.played[asked], len(found) - 1)
            self.played[asked] += 1
            return found[turn]


@contextmanager
def recording(system: SystemConfig, *, to: Path, hide: Iterable[str] = ()) -> Iterator[SystemConfig]:
    """The same system through a recorder on the loopback; `to` is written at the end, if all went well.

    Give every secret of the credentials as `hide`: what is not named like one would else be kept.
    """
    tape = _Tape(hide=tuple(sorted((one for one in hide if one), key=len, reverse=True)))
    with _serving(tape, live=system.url) as port:
        yield _at(system, port)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(json.dumps({"replies": tape.replies}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


@contextmanager
def replaying(system: SystemConfig, *, from_: Path) -> Iterator[SystemConfig]:
    """The same system played from a cassette. What was never recorded is answered 501, which no connector takes
    for a success."""
    tape = _Tape(replies=json.loads(from_.read_text(encoding="utf-8"))["replies"])
    with _serving(tape, live="") as port:
        yield _at(system, port)


def _at(system: SystemConfig, port: int) -> SystemConfig:
    return replace(system, url=urlsplit(system.url)._replace(scheme="http", netloc=f"127.0.0.1:{port}").geturl())


@contextmanager
def _serving(tape: _Tape, *, live: str) -> Iterator[int]:
    server = _Server(tape, live)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, tape: _Tape, live: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        parts = urlsplit(live)
        self.tape = tape
        # The path is part of each request already.
        self.live = parts._replace(path="", query="", fragment="").geturl() if live else ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers["content-length"] or 0))
        asked = self.server.tape.asked(self.command, self.path, body)
        if self.server.live:
            self._pass_on(asked, body)
        else:
            self._play(asked)

    def _pass_on(self, asked: str, body: bytes) -> None:
        own = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        onward = Http(self.server.live)
        try:
            reply = onward.request(self.command, self.path, body=body or None, headers=own, timeout_s=60)
        except (NeverSent, AnswerLost, http.client.HTTPException):
            self.close_connection = True  # The connector sees what it would have seen: no answer.
            return
        finally:
            onward.close()
        self.server.tape.keep(asked, reply.status, reply.headers, reply.body)
        headers = {name: value for name, value in reply.headers.items() if name not in _HOP}
        self._answer(reply.status, headers, reply.body)

    def _play(self, asked: str) -> None:
        found = self.server.tape.play(asked)
        if found is None:
            why = {"error": "This request is not in the cassette: record it again.", "asked": json.loads(asked)[:2]}
            self._answer(501, {"content-type": "application/json"}, json.dumps(why).encode())
            return
        self._answer(found["status"], found["headers"], found["body"].encode())

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a test's output is its own."""


_HOP = frozenset({"host", "connection", "content-length", "transfer-encoding", "keep-alive", "accept-encoding"})


def _hidden(value: Json) -> Json:
    """The same JSON with whatever is named like a secret replaced."""
    if isinstance(value, dict):
        return {
            name: HIDDEN if SECRET.search(name) and isinstance(part, str) else _hidden(part)
            for name, part in value.items()
        }
    return [_hidden(part) for part in value] if isinstance(value, list) else value
