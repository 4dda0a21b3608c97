"""What each connector asks for to be configured, and what is made of the answers."""

import socket
import threading

import pytest

from orchestr.connectors import registry
from orchestr.connectors.http import Http, NeverSent
from orchestr.connectors.setup import COMMON, UNDECLARED, Setting, SettingRefused, Setup, addresses_in, read_settings

SETUP = Setup(
    settings=(
        Setting(name="project", title="Project", required=True),
        Setting(name="precision", title="Decimals", kind="integer", least=0, most=4),
        Setting(name="auth", title="Tokens", kind="address"),
        Setting(name="locales", title="Languages", kind="texts"),
        Setting(name="locations", title="Locations", kind="pairs"),
        Setting(name="feeds", title="Feeds", kind="json", shape="list"),
    )
)


@pytest.mark.parametrize("kind", ["commercetools", "demo_erp", "demo_shop", "files", "tryton", "vendure"])
def test_each_of_ours_says_what_it_asks_for(kind: str) -> None:
    setup = registry.setup_of(kind)
    assert setup.title
    assert setup.secrets
    assert "read" in setup.stages
    assert not {each.name for each in setup.settings} & {each.name for each in COMMON}


def test_a_kind_from_outside_that_declares_nothing_takes_any_settings() -> None:
    assert registry.setup_of("shelf") is UNDECLARED
    assert read_settings(UNDECLARED, {"role": "erp", "refresh_s": 5}, keeps={}) == {"role": "erp", "refresh_s": 5}


def test_blank_settings_are_left_out_and_the_others_kept() -> None:
    given = {"project": " acme ", "precision": 2, "auth": "", "locales": [], "locations": {"a": "b"}, "feeds": None}
    assert read_settings(SETUP, given, keeps={}) == {"project": "acme", "precision": 2, "locations": {"a": "b"}}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "project"),
        ({"project": "two\nlines"}, "project"),
        ({"project": "a", "precision": True}, "precision"),
        ({"project": "a", "precision": 5}, "precision"),
        ({"project": "a", "auth": "ftp://x"}, "auth"),
        ({"project": "a", "auth": "https://user:secret@x.example"}, "auth"),
        ({"project": "a", "locales": "de"}, "locales"),
        ({"project": "a", "locations": {"a": 1}}, "locations"),
        ({"project": "a", "feeds": {"a": 1}}, "feeds"),
        ({"project": "a", "colour": "red"}, "colour"),
    ],
)
def test_refuses_a_setting_that_cannot_be_so_by_its_name(given: dict[str, object], name: str) -> None:
    with pytest.raises(SettingRefused) as caught:
        read_settings(SETUP, given, keeps={})
    assert caught.value.name == name


def test_a_setting_of_before_that_nobody_declares_stays_as_it_is_and_may_not_become_another() -> None:
    given = {"project": "acme", "old": 1}
    assert read_settings(SETUP, given, keeps={"old": 1}) == given
    with pytest.raises(SettingRefused):
        read_settings(SETUP, given, keeps={"old": 2})


def test_every_address_is_named_whatever_the_setting() -> None:
    settings = {"auth": "https://auth.example.org"}
    assert addresses_in(SETUP, url="https://x.example", settings=settings) == [
        ("url", "https://x.example"),
        ("auth", "https://auth.example.org"),
    ]


def test_a_connection_that_ends_where_it_may_not_is_closed_before_a_byte_is_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port, heard = server.getsockname()[1], bytearray()

        def listen() -> None:
            peer, _ = server.accept()
            with peer:
                heard.extend(peer.recv(100))

        listening = threading.Thread(target=listen)
        listening.start()
        asked: list[tuple[str, str]] = []

        def may_reach(host: str, address: str) -> bool:
            asked.append((host, address))
            return False

        with pytest.raises(NeverSent):
            Http(f"http://localhost:{port}", may_reach=may_reach).request("GET", "/")
        listening.join(10)
    assert asked == [("localhost", "127.0.0.1")]
    assert heard == b""
