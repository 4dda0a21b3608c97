"""Ports are chosen where no outgoing connection takes them before somebody listens there."""

import json
import socket
from pathlib import Path

import pytest

from launch import ports


def test_a_free_port_is_none_that_outgoing_connections_are_given() -> None:
    below = ports._first_outgoing()
    assert below > ports.LOWEST
    assert all(ports.LOWEST <= ports.free_port() < below for _ in range(50))


def test_where_somebody_listens_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        drawn = iter([taken.getsockname()[1], free := ports.free_port()])
        monkeypatch.setattr(ports.random, "randrange", lambda *_: next(drawn))
        assert ports.free_port() == free


def test_a_machine_that_does_not_say_offers_any_free_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_first_outgoing", lambda: 0)
    assert ports.is_free("127.0.0.1", ports.free_port())


def test_a_kept_port_stays_until_somebody_else_listens_there(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    kept = ports.kept_port(file, "shop")
    assert ports.kept_port(file, "shop") == kept
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", kept))
        taken.listen()
        other = ports.kept_port(file, "shop")
    assert other != kept
    assert json.loads(file.read_text()) == {"shop": other}
