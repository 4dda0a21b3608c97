"""One kept-alive HTTP connection to one system, which knows whether a request was sent.

`http.client` on purpose: a request on an open connection costs a third of what the larger clients
add, and it is the one place where "never left this machine" and "sent, answer unknown" can be told
apart. Redirects are not followed and proxies not asked: a system's address is exactly what was set.
"""

import errno
import http.client
import json
import select
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from orchestr.policy.values import Json

MAX_ANSWER = 32 * 1024 * 1024


class NeverSent(Exception):
    """No byte of the request left: trying again cannot double anything."""


class AnswerLost(Exception):
    """The request was sent, at least in part, and no whole answer came."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Json:
        """The body as JSON. Raises ValueError, also for NaN and Infinity."""
        return json.loads(self.body, parse_constant=_refuse_constant)

    @property
    def retry_after_s(self) -> float | None:
        """Seconds named by Retry-After, as a number or a date; None where it is absent or unreadable."""
        text = self.headers.get("retry-after", "")
        if text.isascii() and text.isdigit():
            return float(text)
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
        except (TypeError, ValueError):
            return None


class Http:
    """A connection to `url`, opened at the first request and again whenever the server closed it.

    Not shared between threads. `headers` go with every request. `may_reach(host, address)` is asked of each new
    connection before a byte is sent on it: a name that leads elsewhere today than yesterday is not followed there.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        may_reach: Callable[[str, str], bool] | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise ValueError("A system's address is http:// or https:// and a host, with no name or password in it.")
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port or (443 if self._secure else 80)
        self._prefix = parts.path.rstrip("/")
        self._headers = dict(headers or {})
        self._may_reach = may_reach
        self._connection: http.client.HTTPConnection | None = None

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 10.0,
    ) -> Reply:
        """Send one request and read the whole answer within `timeout_s`. Any status is an answer.

        Raises NeverSent or AnswerLost; both drop the connection.
        """
        deadline = time.monotonic() + timeout_s
        connection = self._open(timeout_s)
        try:
            # A stale connection that dies mid-send is AnswerLost: never resent here in silence.
            connection.request(method, self._prefix + path, body=body, headers={**self._headers, **(headers or {})})
            answer = connection.getresponse()
            reply = Reply(answer.status, _lower(answer), _body(answer, connection, deadline))
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise AnswerLost(_why(error)) from None
        if answer.will_close:
            self.close()
        return reply

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self, timeout_s: float) -> http.client.HTTPConnection:
        if self._connection is not None and self._connection.sock is not None and not _closed(self._connection.sock):
            self._connection.sock.settimeout(timeout_s)
            return self._connection
        self.close()
        connection = self._new(timeout_s)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise NeverSent(_why(error)) from None
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        return connection

    def _new(self, timeout_s: float) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection
        if self._secure:
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(self._host, self._port, timeout=timeout_s, context=context)
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=timeout_s)
        # Where http.client makes its sockets: before TLS begins, so nothing has been said yet.
        connection._create_connection = self._reach  # type: ignore[attr-defined]
        return connection

    def _reach(self, *given: Any, **named: Any) -> socket.socket:
        """A connected socket whose other end may be spoken to. Raises OSError otherwise, with nothing sent."""
        sock = socket.create_connection(*given, **named)
        if self._may_reach is not None and not self._may_reach(self._host, str(sock.getpeername()[0])):
            sock.close()
            raise PermissionError(errno.EPERM, "its address may not be reached from here")
        return sock


def _closed(sock: socket.socket) -> bool:
    """Whether the server closed an idle connection: nothing is due, so anything readable is its end."""
    poll = select.poll()
    poll.register(sock, select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))


def _body(answer: http.client.HTTPResponse, connection: http.client.HTTPConnection, deadline: float) -> bytes:
    """The whole body, within the deadline: a server that drips a byte at a time does not hold us."""
    chunks: list[bytes] = []
    size = 0
    while not answer.isclosed():
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        if connection.sock is not None:
            connection.sock.settimeout(left)
        chunk = answer.read1(1 << 16)
        size += len(chunk)
        if size > MAX_ANSWER:
            raise http.client.HTTPException("the answer is larger than 32 MB")
        if not chunk:
            break
        chunks.append(chunk)
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    return b"".join(chunks)


def _lower(answer: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.getheaders()}


def _why(error: Exception) -> str:
    """A reason for logs and pages: the kind of failure, never an address or a header."""
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return type(error).__name__


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")
