"""Whatever is asked of the agents' door, it answers as its OpenAPI document says. More by hand: ORCHESTR_FUZZ=200."""

import os
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from orchestr.agents.models import AgentToken, Scope
from orchestr.agents.tokens import revoke_token
from orchestr.api import polls
from tests import make
from tests.api.fuzz.served import served
from tests.api.fuzz.tried import Tried, tried
from tests.conftest import Committed

BY_HAND = "ORCHESTR_FUZZ" in os.environ
EXAMPLES = int(os.environ.get("ORCHESTR_FUZZ", "6"))
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]
type Note = Callable[[str, object], None]


@pytest.fixture
def house(committed: Committed, shelves: None, monkeypatch: pytest.MonkeyPatch) -> make.House:
    monkeypatch.setattr(polls, "LONGEST_S", 0.01)  # whoever waits is answered as after thirty seconds
    return make.house()


@pytest.fixture
def door(house: make.House) -> Iterator[str]:
    with served() as url:
        yield url


def good(done: Tried, note: Note) -> Tried:
    note("counted", f"{done.count} requests, {done.links} links followed, {dict(done.statuses)}")
    assert not done.found, "\n\n".join(done.found)
    return done


def test_it_holds_for_an_agent_with_scopes(house: make.House, door: str, record_property: Note) -> None:
    done = good(tried(door, house.token, examples=EXAMPLES, coverage="all" if BY_HAND else "positive"), record_property)
    assert done.links > 0
    assert "POST /api/v1/runs" in done.reached


def test_it_holds_for_an_agent_without_scopes(house: make.House, door: str, record_property: Note) -> None:
    Scope.objects.update(revoked_at=make.now())
    good(tried(door, house.token, examples=EXAMPLES), record_property)


def test_a_token_that_was_stolen_and_revoked_opens_nothing(house: make.House, door: str, record_property: Note) -> None:
    with transaction.atomic():
        revoke_token(token_id=AgentToken.objects.get().pk, by=house.people.ada, at=make.now())
    done = good(tried(door, house.token, examples=EXAMPLES // 2, steps=2), record_property)
    assert set(done.statuses) == {401}
