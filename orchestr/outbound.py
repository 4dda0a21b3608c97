"""HTTP to addresses that people name: only to public hosts, never through a redirect, never without bounds.

A name is looked up once, every address it has must be allowed, and the connection goes to the address that was
looked at: a name that answers differently the second time (DNS rebinding) gains nothing. What the deployment
itself lists in `ORCHESTR_OUTBOUND_ALLOW` (host names, addresses or networks) is let through, plain HTTP included.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore
from django.conf import settings

TIMEOUT_S = 10.0
WHOLE_S = 20.0  # a server that answers one byte at a time is left alone after this
type IP = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutboundError(Exception):
    """It was not sent, or not answered as it should be. `code` is one word for rows and events."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status and at most as many bytes as were allowed."""

    status: int
    body: bytes
    retry_after: str


def check_address(url: str) -> str:
    """The host of an address that may be asked, by its form alone. Raises OutboundError with why not."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise OutboundError("address_unreadable") from None
    if not host or not url.isprintable() or " " in url or parts.username is not None or parts.password is not None:
        raise OutboundError("address_unreadable")
    listed = _listed(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and listed):
        raise OutboundError("address_not_https")
    if port not in (None, 443) and not listed:
        raise OutboundError("address_port")
    literal = _literal(host)
    if literal is not None and not may_connect(literal):
        raise OutboundError("address_not_public")
    return host


def fetch(url: str, *, most_bytes: int, headers: Mapping[str, str] | None = None) -> Answer:
    """GET. Raises OutboundError for whatever is not a 200 of at most `most_bytes`."""
    answer = _ask("GET", url, headers or {}, b"", most_bytes)
    if answer.status != 200:
        raise OutboundError(f"answered_{answer.status}")
    return answer


def post(url: str, *, body: bytes, headers: Mapping[str, str], most_bytes: int = 10_000) -> Answer:
    """POST; whatever status comes back is the caller's to judge. Raises OutboundError where none did.

    Of a longer answer the rest is not read: the other side has taken what it was sent, whatever it goes on to say.
    """
    return _ask("POST", url, headers, body, most_bytes, cut=True)


def may_connect(address: IP) -> bool:
    """Whether an address is public, or listed by the deployment. An IPv4 address inside an IPv6 one counts as itself."""
    inner = _unwrapped(address)
    if any(inner in network for network in _networks()):
        return True
    return all(each.is_global and not each.is_multicast and not each.is_reserved for each in {address, inner})


def may_reach(host: str, address: str) -> bool:
    """Whether a connection to `host` that ended at `address` may be used: it is public, or listed by the deployment."""
    literal = _literal(address.partition("%")[0])
    return _listed(host) or (literal is not None and may_connect(literal))


def resolves(url: str) -> None:
    """Look the host of an address up, once. Raises OutboundError where its form, or anything it leads to, may not be."""
    host = check_address(url)
    if not _listed(host):
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if not all(may_connect(address) for address in _look_up(host, port)):
            raise OutboundError("address_not_public")


def _ask(
    method: str, url: str, headers: Mapping[str, str], body: bytes, most_bytes: int, *, cut: bool = False
) -> Answer:
    host = check_address(url)
    allow_any = _listed(host)
    timeout = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT_S)
    deadline = time.monotonic() + WHOLE_S
    sent = [
        (name, value)
        for name, value in ({"User-Agent": "Orchestr", "Accept-Encoding": "identity"} | dict(headers)).items()
    ]
    try:
        with (
            httpcore.ConnectionPool(network_backend=_Guarded(deadline, allow_any=allow_any), retries=0) as pool,
            pool.stream(method, url, headers=sent, content=body, extensions={"timeout": timeout}) as answer,
        ):
            taken = _read(answer.iter_stream(), most_bytes, cut=cut)
            given = {name.lower(): value for name, value in answer.headers}
            return Answer(answer.status, taken, given.get(b"retry-after", b"").decode("ascii", "replace"))
    except httpcore.TimeoutException:
        raise OutboundError("no_answer_in_time") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError):
        raise OutboundError("not_reached") from None


def _read(chunks: Iterable[bytes], most_bytes: int, *, cut: bool) -> bytes:
    taken = bytearray()
    for chunk in chunks:
        taken += chunk
        if len(taken) > most_bytes:
            if cut:
                break
            raise OutboundError("answer_too_large")
    return bytes(taken[:most_bytes])


class _Timed(httpcore.NetworkStream):
    """A connection of which nothing waits longer than is left of the whole: headers a byte at a time neither."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._deadline, timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._deadline, timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self._deadline, timeout, httpcore.ConnectTimeout)
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(deadline: float, timeout: float | None, late: type[Exception]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise late
    return left if timeout is None else min(left, timeout)


class _Guarded(httpcore.SyncBackend):
    """Connects to an address that was looked at, whatever the name says a moment later."""

    def __init__(self, deadline: float, *, allow_any: bool) -> None:
        super().__init__()
        self._deadline, self._allow_any = deadline, allow_any

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        addresses = _look_up(host, port)
        if not self._allow_any and not all(may_connect(address) for address in addresses):
            raise OutboundError("address_not_public")
        return _Timed(super().connect_tcp(str(addresses[0]), port, *args, **kwargs), self._deadline)

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        raise OutboundError("address_not_public")


def _look_up(host: str, port: int) -> list[IP]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise OutboundError("host_unknown") from None
    return [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]


def _literal(host: str) -> IP | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _unwrapped(address: IP) -> IP:
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address
    return address


def _listed(host: str) -> bool:
    """Whether the deployment lists this host by name, or the network its literal address lies in."""
    literal = _literal(host)
    if literal is not None:
        return any(_unwrapped(literal) in network for network in _networks())
    return host.lower() in {name.lower() for name in settings.OUTBOUND_ALLOW}


def _networks() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    found = []
    for text in settings.OUTBOUND_ALLOW:
        try:
            found.append(ipaddress.ip_network(text))
        except ValueError:  # A host name: `_listed` reads it.
            continue
    return found
