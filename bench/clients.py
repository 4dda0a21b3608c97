"""A fixed number of clients that each send the next request as soon as the last is answered.

Plain sockets and requests made beforehand: what is measured is the server, not its client.
"""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(slots=True)
class Tally:
    """What came back: seconds of each answer, and how many of each status."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    took: float = 0.0
    odd: str = ""

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.took


def request(method: str, url: str, *, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
    """One HTTP/1.1 request as it goes over the line."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", f"host: {parts.netloc}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join((*lines, "", "")).encode() + body


class Line:
    """One kept-alive connection."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, raw: bytes) -> tuple[int, bytes]:
        """Status and body of the answer, which must say its length."""
        self._socket.sendall(raw)
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = data[:end].lower()
        at = head.index(b"content-length:") + len(b"content-length:")
        length = int(head[at:].split(b"\r\n", 1)[0])
        body = [data[end + 4 :]]
        there = len(body[0])
        while there < length:
            body.append(self._more())
            there += len(body[-1])
        return int(head[9:12]), b"".join(body)

    def close(self) -> None:
        self._socket.close()

    def _more(self) -> bytes:
        got = self._socket.recv(1 << 16)
        if not got:
            raise ConnectionError("the server closed the connection")
        return got


def drive(url: str, requests: Sequence[Iterator[bytes]], *, seconds: float, expect: int) -> Tally:
    """One client for each iterator, for so many seconds or until its requests are used up."""
    tally, lock = Tally(), threading.Lock()
    ready = threading.Barrier(len(requests) + 1)

    def work(each: Iterator[bytes]) -> None:
        line = Line(url)
        ready.wait()
        end = time.perf_counter() + seconds
        for raw in each:
            began = time.perf_counter()
            status, body = line.ask(raw)
            done = time.perf_counter()
            with lock:
                tally.statuses[status] += 1
                tally.seconds.append(done - began)
                if status != expect:
                    tally.odd = tally.odd or body.decode(errors="replace")[:500]
            if done > end:
                break
        line.close()

    threads = [threading.Thread(target=work, args=(each,)) for each in requests]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    tally.took = time.perf_counter() - began
    if set(tally.statuses) != {expect}:
        raise RuntimeError(f"Expected {expect} alone, got {dict(tally.statuses)}: {tally.odd}")
    return tally
