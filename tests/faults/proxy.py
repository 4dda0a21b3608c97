"""A small TCP proxy in front of PostgreSQL or Valkey that does to connections what a test asks for.

It listens on a loopback port of its own and hands bytes through, one thread a direction. Nothing here knows either
protocol: `lose` looks for bytes.
"""

import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, Self

CHUNK = 64 * 1024
When = Literal["before", "after"]


@dataclass
class _Loss:
    """The connection breaks where the client sends `needle` for the so manieth time."""

    needle: bytes
    left: int
    when: When
    done: threading.Event = field(default_factory=threading.Event)


@dataclass
class _Line:
    """One connection: the client's end, the server's, and whether the next answer is swallowed."""

    client: socket.socket
    server: socket.socket
    swallow: bool = False

    def reset(self) -> None:
        """Break both ends at once, as a pulled cable or a killed peer does: no farewell."""
        for end in (self.client, self.server):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Proxy:
    """In front of a server on a unix socket. Use as a context; `port` is where it listens."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lines: list[_Line] = []
        self._lock = threading.Lock()
        self._flowing = threading.Event()
        self._flowing.set()
        self._refusing = False
        self._closed = False
        self._pause_s = 0.0
        self._answer_left: int | None = None
        self._loss: _Loss | None = None
        self.troubled = 0  # pieces and connections that what was asked for has befallen since the last `mend`

    # What a test asks for.

    def cut(self) -> None:
        """Break every connection, and every new one, until `mend`."""
        self._refusing = True
        self._reset_all()

    def stall(self) -> None:
        """Connections stay and say nothing, until `mend`."""
        self._flowing.clear()

    def slow(self, seconds: float) -> None:
        """Each piece takes so much longer, until `mend`."""
        self._pause_s = seconds

    def reset_mid_answer(self, after: int) -> None:
        """So many bytes of answers pass; then the connection they belong to breaks in the middle of one, once."""
        self._answer_left = after

    def lose(self, needle: bytes, *, nth: int = 1, when: When) -> threading.Event:
        """Break the connection whose client sends these bytes for the nth time from now, once.

        `before`: they never reach the server. `after`: the server gets them and answers, and the answer is lost.
        The event is set once it happened.
        """
        self._loss = _Loss(needle, nth, when)
        return self._loss.done

    def mend(self) -> None:
        """All is well again for new connections, and for old ones that still stand."""
        self._refusing, self._pause_s, self._answer_left, self._loss, self.troubled = False, 0.0, None, None, 0
        self._flowing.set()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        self._flowing.set()
        self._listener.close()
        self._reset_all()

    # The threads.

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._refusing:
                self.troubled += 1
                _Line(client, client).reset()
                continue
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._upstream)
            except OSError:  # the server itself is down
                _Line(client, server).reset()
                continue
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line = _Line(client, server)
            with self._lock:
                self._lines.append(line)
            for pump in (self._up, self._down):
                threading.Thread(target=self._pumping, args=(pump, line), daemon=True).start()

    def _pumping(self, pump: object, line: _Line) -> None:
        assert callable(pump)
        with suppress(OSError):
            pump(line)
        line.reset()
        with self._lock, suppress(ValueError):
            self._lines.remove(line)

    def _up(self, line: _Line) -> None:
        while data := line.client.recv(CHUNK):
            self._wait()
            loss = self._due(data)
            if loss is not None and loss.when == "before":
                self._count(loss)
                return
            if loss is not None:
                line.swallow = True
            line.server.sendall(data)

    def _down(self, line: _Line) -> None:
        while data := line.server.recv(CHUNK):
            self._wait()
            if line.swallow and self._loss is not None:
                self._count(self._loss)
                return
            if self._answer_left is not None:
                passing, self._answer_left = data[: self._answer_left], self._answer_left - len(data)
                if self._answer_left < 0:
                    line.client.sendall(passing)
                    self._answer_left = None
                    self.troubled += 1
                    return
            line.client.sendall(data)

    def _due(self, data: bytes) -> _Loss | None:
        with self._lock:
            loss = self._loss
            if loss is None or loss.left <= 0:
                return None
            loss.left -= data.count(loss.needle)
            return loss if loss.left <= 0 else None

    def _count(self, loss: _Loss) -> None:
        self.troubled += 1
        loss.done.set()

    def _wait(self) -> None:
        if self._pause_s or not self._flowing.is_set():
            self.troubled += 1
        self._flowing.wait()
        if self._pause_s:
            time.sleep(self._pause_s)

    def _reset_all(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
        for line in lines:
            line.reset()
