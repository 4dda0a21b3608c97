"""The kept-alive HTTP client knows whether a request was sent."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from orchestr.connectors.conformance.proxy import closed_port
from orchestr.connectors.http import AnswerLost, Http, NeverSent, Reply

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Scripted:
    """A server that answers each request with the next reply; None cuts the connection, "…" stays silent."""

    def __init__(self) -> None:
        self.replies: list[Any] = []
        self.requests: list[bytes] = []
        self.connections = 0
        self.closed = threading.Semaphore(0)  # released once for each connection that was closed
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/api"

    def close(self) -> None:
        self._listener.close()
        for one in self._open:
            one.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(client)
            self._answer(client)

    def _answer(self, client: socket.socket) -> None:
        while self.replies:
            if not (request := _whole(client)):
                break
            self.requests.append(request)
            reply = self.replies.pop(0)
            if reply == "…":
                return
            if reply is None:
                break
            client.sendall(reply)
        client.close()
        self.closed.release()


def _whole(client: socket.socket) -> bytes:
    """One request with its body: a PUT ends with the two bytes these tests send."""
    request = b""
    while not request.endswith(b"{}" if request.startswith(b"PUT") else b"\r\n\r\n"):
        if not (chunk := client.recv(65536)):
            return b""
        request += chunk
    return request


@pytest.fixture
def server() -> Iterator[Scripted]:
    made = Scripted()
    yield made
    made.close()


def test_one_connection_serves_many_requests(server: Scripted) -> None:
    server.replies = [OK, OK, OK]
    http = Http(server.url, headers={"x-key": "k"})
    assert [http.request("PUT", "/price", body=b"{}").status for _ in range(3)] == [200, 200, 200]
    assert server.connections == 1
    assert server.requests[0].startswith(b"PUT /api/price HTTP/1.1\r\n")
    assert b"x-key: k" in server.requests[0]


def test_nothing_listening_means_never_sent() -> None:
    with pytest.raises(NeverSent):
        Http(f"http://127.0.0.1:{closed_port()}").request("GET", "/")


def test_a_cut_after_the_request_is_an_answer_lost(server: Scripted) -> None:
    server.replies = [None]
    with pytest.raises(AnswerLost):
        Http(server.url).request("PUT", "/price", body=b"{}")


def test_silence_is_an_answer_lost(server: Scripted) -> None:
    server.replies = ["…"]
    with pytest.raises(AnswerLost, match="timed out"):
        Http(server.url).request("PUT", "/price", body=b"{}", timeout_s=0.2)


def test_half_an_answer_is_an_answer_lost(server: Scripted) -> None:
    server.replies = [b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{", None]
    http = Http(server.url)
    with pytest.raises(AnswerLost):
        http.request("PUT", "/price", body=b"{}", timeout_s=0.3)


def test_a_connection_the_server_closed_while_idle_is_opened_again(server: Scripted) -> None:
    server.replies = [OK]
    http = Http(server.url)
    assert http.request("GET", "/").status == 200
    assert server.closed.acquire(timeout=10)  # with no reply left, the first connection is closed
    server.replies = [OK]
    assert http.request("GET", "/").status == 200
    assert server.connections == 2


def test_a_redirect_is_an_answer_and_is_not_followed(server: Scripted) -> None:
    server.replies = [b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"]
    assert Http(server.url).request("GET", "/").status == 302
    assert len(server.requests) == 1


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://user:secret@127.0.0.1/", "127.0.0.1:80", ""])
def test_an_address_that_is_not_plain_http_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="A system's address"):
        Http(url)


@pytest.mark.parametrize(("text", "seconds"), [("7", 7.0), ("", None), ("soon", None), ("-3", None)])
def test_retry_after_is_read_where_it_can_be(text: str, seconds: float | None) -> None:
    assert Reply(429, {"retry-after": text}, b"").retry_after_s == seconds


def test_retry_after_may_be_a_date_and_is_never_negative() -> None:
    assert Reply(429, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, b"").retry_after_s == 0.0


def test_json_with_nan_is_not_json() -> None:
    with pytest.raises(ValueError, match="NaN"):
        Reply(200, {}, b'{"price": NaN}').json()
