"""The live socket of a real web process: ids only, to whoever may see them at that moment."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from http.cookies import SimpleCookie

import pytest
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from launch.live import Live
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from tests import make, people
from tests.proposals.propose import propose, single
from tests.reviews.browse import BACKEND, act

pytestmark = pytest.mark.slow
QUIET_S = 1.0


@pytest.fixture
def house(processes: Live) -> make.House:
    processes.env |= {"PYTHONPATH": "tests/packages"}
    processes.web()
    return make.house()


@pytest.fixture
def sockets(processes: Live) -> Iterator["Sockets"]:
    with ExitStack() as opened:
        yield Sockets(processes, opened)


class Sockets:
    """Opens sockets as browsers do, with a session and an Origin."""

    def __init__(self, live: Live, opened: ExitStack) -> None:
        self.host = live.url.removeprefix("http://")
        self.opened = opened

    def of(self, account: Account | None, *, origin: str = "") -> ClientConnection:
        client = Client()
        if account is not None:
            client.force_login(account, backend=BACKEND)
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in SimpleCookie(client.cookies).items())
        headers = {"Origin": origin or f"http://{self.host}", "Cookie": cookies}
        socket = connect(f"ws://{self.host}/ws/live/", additional_headers=headers)
        return self.opened.enter_context(socket)


def heard(socket: ClientConnection, *, within: float = 10) -> dict[str, object]:
    message: dict[str, object] = json.loads(socket.recv(timeout=within))
    return message


def silent(socket: ClientConnection) -> bool:
    try:
        socket.recv(timeout=QUIET_S)
    except TimeoutError:
        return True
    return False


def about(message: dict[str, object], proposal: Proposal) -> bool:
    return message["kind"] == "proposal" and message["ids"] == [str(proposal.pk)]


def test_it_says_ids_and_a_number_and_nothing_else(house: make.House, sockets: Sockets) -> None:
    proposal = single(house)
    socket = sockets.of(house.people.mia)
    act(house.people.fay, "claim", proposal)
    message = heard(socket)
    assert about(message, proposal)
    assert set(message) == {"kind", "ids", "seq"}
    assert message["seq"] == 1


def test_work_in_a_set_of_segments_nobody_had_seen_before_is_heard_too(house: make.House, sockets: Sockets) -> None:
    socket = sockets.of(house.people.mia)
    proposal = propose(house, house.change(house.base_layer, after=19_000))
    assert about(heard(socket), proposal)


def test_who_may_not_see_it_hears_nothing(house: make.House, sockets: Sockets) -> None:
    proposal = single(house)
    marco, mia = sockets.of(house.people.marco), sockets.of(house.people.mia)
    second = propose(house, house.change(house.base_layer, after=19_000))
    act(house.people.fay, "claim", proposal)
    told = heard(mia)
    assert about(told, second)
    while about(told, second):  # a hint may come twice
        told = heard(mia)
    assert about(told, proposal)
    assert silent(marco)


def test_a_right_lost_while_connected_is_lost_at_once(house: make.House, sockets: Sockets) -> None:
    proposal = single(house)
    socket = sockets.of(house.people.mia)
    act(house.people.fay, "claim", proposal)
    assert about(heard(socket), proposal)
    people.take(house.people.mia, people.VIEW, house.apparel)
    act(house.people.fay, "release", proposal)
    assert silent(socket)


def test_refuses_a_foreign_origin(house: make.House, sockets: Sockets) -> None:
    with pytest.raises(InvalidStatus) as refused:
        sockets.of(house.people.mia, origin="https://elsewhere.example")
    assert refused.value.response.status_code == 403


def test_refuses_who_is_not_signed_in(house: make.House, sockets: Sockets) -> None:
    with pytest.raises((InvalidStatus, ConnectionClosed)):
        heard(sockets.of(None))
