"""A TCP proxy on the loopback that stops passing answers on, from the n-th request."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class LosingProxy:
    """Passes everything to `host:port` and the answers of the first `answered` requests back.

    Later requests still reach the system whole; their connection is cut instead of answered. Requests
    are counted as turns: bytes from the client after bytes from the server.
    """

    def __init__(self, *, host: str, port: int, answered: int) -> None:
        self._there = (host, port)
        self._left = answered
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._there, timeout=30)
            except OSError:
                return
            with self._lock:
                self._open += [client, server]
            turn = _Turn()
            threading.Thread(target=self._requests, args=(client, server, turn), daemon=True).start()
            threading.Thread(target=self._answers, args=(client, server, turn), daemon=True).start()

    def _requests(self, client: socket.socket, server: socket.socket, turn: "_Turn") -> None:
        with contextlib.suppress(OSError):
            while chunk := client.recv(65536):
                if turn.is_new():
                    with self._lock:
                        turn.answered = self._left > 0
                        self._left -= 1
                server.sendall(chunk)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _answers(self, client: socket.socket, server: socket.socket, turn: "_Turn") -> None:
        with contextlib.suppress(OSError):
            while chunk := server.recv(65536):
                turn.answering()
                if not turn.answered:
                    break
                client.sendall(chunk)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


class _Turn:
    """Whose turn it is on one connection, and whether the current request is to be answered."""

    def __init__(self) -> None:
        self.answered = True
        self._asking = False

    def is_new(self) -> bool:
        """True at the first bytes of a request."""
        new, self._asking = not self._asking, True
        return new

    def answering(self) -> None:
        self._asking = False


def closed_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
