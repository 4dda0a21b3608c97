"""Replies recorded from a live system play without it, and hold no secret."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestr.connectors.base import (
    Accepted,
    Address,
    Ambiguous,
    Credentials,
    Json,
    Session,
    SystemConfig,
    SystemRefused,
    Target,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.conformance.cassette import HIDDEN, _Tape, recording, replaying
from orchestr.connectors.conformance.subject import sweep
from orchestr.connectors.starter import CONNECTOR
from orchestr.connectors.starter.tests.tiny_shop import TinyShop

CAP = Target(type="variant", id="CAP", ref="", field="price", address=Address(channel="web", currency="EUR"))
HELD = Credentials(system="tiny", purpose="publish", secrets={"token": "may-publish"})


def euros(amount: int) -> Json:
    return {"amount": amount, "currency": "EUR", "exponent": 2, "tax": "included"}


def write(session: Session, before: int, after: int) -> WriteOutcome:
    request = WriteRequest(target=CAP, before=euros(before), after=euros(after), operation_key="x", timeout_s=3)
    return session.write(request)


@pytest.fixture
def live() -> Iterator[TinyShop]:
    shop = TinyShop()
    yield shop
    shop.shutdown()
    shop.server_close()


@pytest.fixture
def cassette(live: TinyShop, tmp_path: Path) -> Path:
    """A sweep, a price read, written and read again."""
    path = tmp_path / "cassettes" / "price.json"
    system = SystemConfig(key="tiny", kind="starter", url=live.url)
    with recording(system, to=path, hide=["may-publish"]) as recorded:
        session = CONNECTOR.open(recorded, HELD, "publish")
        sweep(session)
        session.read([CAP])
        assert isinstance(write(session, 1_990, 1_790), Accepted)
        session.read([CAP])
        session.close()
    assert live.rows["CAP"]["amount"] == 1_790, "Recording goes through to the live system."
    return path


def test_what_was_recorded_plays_without_the_system(cassette: Path) -> None:
    gone = SystemConfig(key="tiny", kind="starter", url="http://127.0.0.1:9")
    other = Credentials(system="tiny", purpose="publish", secrets={"token": "another-token"})
    with replaying(gone, from_=cassette) as replayed:
        session = CONNECTOR.open(replayed, other, "publish")
        assert [one.id for one in sweep(session).resources] == ["CAP", "HAT", "SCARF"]
        assert session.read([CAP])[0].value == euros(1_990)
        assert write(session, 1_990, 1_790) == Accepted(token="2")
        assert [session.read([CAP])[0].value["amount"] for _ in range(3)] == [1_790] * 3
        session.close()


def test_what_was_not_recorded_is_no_success(cassette: Path) -> None:
    gone = SystemConfig(key="tiny", kind="starter", url="http://127.0.0.1:9")
    with replaying(gone, from_=cassette) as replayed:
        session = CONNECTOR.open(replayed, HELD, "publish")
        with pytest.raises(SystemRefused) as refused:
            session.read([Target(type="variant", id="HAT", ref="", field="price", address=CAP.address)])
        assert refused.value.code == "http_501"
        assert isinstance(write(session, 1_990, 1_111), Ambiguous)
        session.close()


def test_a_cassette_holds_no_secret_and_no_header_of_a_request(cassette: Path) -> None:
    text = cassette.read_text()
    assert "may-publish" not in text
    assert "Bearer" not in text
    assert "authorization" not in text.lower()
    for reply in json.loads(text)["replies"]:
        assert set(reply["headers"]) <= {"content-type", "retry-after"}


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "reply"),
    [
        ("POST", "/oauth/token", b"grant_type=x&client_secret=S3CRET", {}, b'{"access_token": "S3CRET", "n": 1}'),
        ("GET", "/a?api_key=S3CRET&b=1", b"", {}, b"{}"),
        ("POST", "/", b'{"variables": {"password": "S3CRET"}}', {"x-auth-token": "S3CRET"}, b"{}"),
        ("GET", "/", b"", {"set-cookie": "s=S3CRET"}, b'{"data": [{"sessionId": "S3CRET"}]}'),
        ("GET", "/echo/GIVEN", b"GIVEN", {}, b'{"who": "GIVEN"}'),
    ],
)
def test_whatever_is_named_like_a_secret_is_hidden(
    method: str, path: str, body: bytes, headers: dict[str, str], reply: bytes
) -> None:
    tape = _Tape(hide=("GIVEN",))
    asked = tape.asked(method, path, body)
    tape.keep(asked, 200, headers, reply)
    kept = json.dumps(tape.replies)
    assert "S3CRET" not in kept
    assert "GIVEN" not in kept
    assert HIDDEN in kept


def test_a_recording_that_failed_leaves_no_cassette(live: TinyShop, tmp_path: Path) -> None:
    path = tmp_path / "half.json"
    with (
        pytest.raises(RuntimeError, match="in the middle"),
        recording(SystemConfig(key="tiny", kind="starter", url=live.url), to=path),
    ):
        raise RuntimeError("in the middle")
    assert not path.exists()
