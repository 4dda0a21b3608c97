"""An address that answers slowly, or with more than it should, costs a worker a bounded time and repeats no delivery."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import override_settings

from orchestr import outbound
from orchestr.outbound import OutboundError, fetch, post

ALLOWED = override_settings(OUTBOUND_ALLOW=["127.0.0.0/8"])


@contextmanager
def answering(head: bytes, *, byte: bytes = b"", count: int = 0, every_s: float = 0.0) -> Iterator[str]:
    """A server that takes one request, sends `head`, and then this byte so many times, with a pause between."""
    listening, over = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def serve() -> None:
        taken, _ = listening.accept()
        with taken:
            taken.recv(65_536)
            try:
                taken.sendall(head)
                for _ in range(count):
                    taken.sendall(byte)
                    if over.wait(every_s):
                        return
                taken.sendall(b"\r\nContent-Length: 0\r\n\r\n")
            except OSError:
                return  # it was left alone, which is what is wanted

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        over.set()
        listening.close()
        thread.join(5)


@ALLOWED
@pytest.mark.parametrize(
    "head",
    [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 100 Continue\r\nX-Slow: "],
    ids=["status", "headers", "early"],
)
def test_headers_a_byte_at_a_time_are_left_alone_when_the_whole_time_is_over(
    head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "WHOLE_S", 0.3)
    with answering(head, byte=b"H", count=100, every_s=0.02) as url, pytest.raises(OutboundError) as refused:
        post(url, body=b"{}", headers={})
    assert refused.value.code == "no_answer_in_time"


@ALLOWED
def test_whoever_took_it_and_answers_at_length_is_not_told_again() -> None:
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 10_000_000) as url:
        answer = post(url, body=b"{}", headers={})
    assert (answer.status, len(answer.body)) == (200, 10_000)


@ALLOWED
def test_what_is_asked_for_is_still_refused_where_it_is_too_large() -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + b"x" * 20_000
    with answering(long) as url, pytest.raises(OutboundError) as refused:
        fetch(url, most_bytes=10_000)
    assert refused.value.code == "answer_too_large"
