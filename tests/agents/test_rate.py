"""An agent makes so many requests a minute, whichever process answers them; held back, it is on record once a window."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from audit.models import AuditEvent
from orchestr import tally
from orchestr.agents import rate
from orchestr.agents.models import AgentRate
from orchestr.agents.rate import pace_of, set_rate
from orchestr.agents.tokens import token_for
from orchestr.refusal import Refusal
from orchestr.runs.models import Run
from tests import make
from tests.api.conftest import AgentClient
from tests.conftest import Committed


@pytest.fixture(autouse=True)
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window of its own, which no minute ends."""
    name = f"test.{make.now().timestamp()}"
    monkeypatch.setattr(rate, "_window", lambda agent_id, at: f"{name}.{agent_id}")


def allow(house: make.House, per_minute: int | None) -> None:
    with transaction.atomic():
        set_rate(agent_id=house.agent.pk, per_minute=per_minute, by=house.people.ada, at=make.now())


def limited() -> list[dict[str, Any]]:
    return list(AuditEvent.objects.filter(action="agent.limited").values_list("data", flat=True))


def test_over_its_limit_an_agent_is_told_when_to_go_on(house: make.House) -> None:
    agent = AgentClient(house.token)
    allow(house, 3)
    assert [agent.get("/tools").status_code for _ in range(3)] == [200] * 3
    answer = agent.get("/tools")
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert answer["Content-Type"] == "application/problem+json"
    assert 1 <= int(answer["Retry-After"]) <= rate.WINDOW_S
    assert answer.json()["next"]


def test_who_goes_on_asking_is_on_record_once_a_window(house: make.House) -> None:
    agent = AgentClient(house.token)
    allow(house, 1)
    before = AuditEvent.objects.count()
    assert [agent.get("/tools").status_code for _ in range(5)] == [200, 429, 429, 429, 429]
    assert limited() == [{"limit": 1, "window_s": 60}]
    assert AuditEvent.objects.count() == before + 1
    assert AgentRate.objects.get().limited_at is not None
    assert pace_of(house.agent, at=make.now()).used == 5


def test_what_is_held_back_does_nothing(house: make.House) -> None:
    agent = AgentClient(house.token)
    allow(house, 1)
    agent.get("/tools")
    event = {"workflow": "clearance", "source_event": {"id": "e", "type": "t", "source": "s"}}
    assert agent.post("/runs", event).status_code == 429
    assert agent.post("/runs/next", {}).status_code == 429
    assert not Run.objects.exists()


def test_another_agent_goes_on(house: make.House) -> None:
    other = make.agent("other", owner=house.people.ada)
    allow(house, 1)
    held, free = AgentClient(house.token), AgentClient(make.token(other))
    assert [held.get("/tools").status_code for _ in range(2)] == [200, 429]
    assert free.get("/tools").status_code == 200


def test_without_a_broker_each_process_counts_for_itself(
    house: make.House, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.CHANNEL_URL = "unix:///nonexistent/channel"
    monkeypatch.setattr(tally, "_silent_until", 0.0)
    allow(house, 2)
    agent = AgentClient(house.token)
    assert [agent.get("/tools").status_code for _ in range(4)] == [200, 200, 429, 429]
    assert len(limited()) == 1
    assert pace_of(house.agent, at=make.now()).used is None


def test_only_a_whole_number_of_requests_may_be_set(house: make.House) -> None:
    with pytest.raises(Refusal) as refused:
        allow(house, 0)
    assert refused.value.code == "agent_rate"
    assert not AgentRate.objects.exists()


def test_without_a_limit_of_its_own_the_deployments_counts(house: make.House, settings: Any) -> None:
    settings.AGENT_REQUESTS_PER_MINUTE = 1
    allow(house, 5)
    allow(house, None)
    agent = AgentClient(house.token)
    assert [agent.get("/tools").status_code for _ in range(2)] == [200, 429]


def test_of_many_at_once_as_many_pass_as_may_and_one_is_on_record(committed: Committed, shelves: None) -> None:
    house = make.house()
    allow(house, 5)
    statuses: list[int] = []
    start = threading.Barrier(8)

    def ask() -> None:
        try:
            http = Client(raise_request_exception=False)
            start.wait()
            for _ in range(3):
                answer = http.get("/api/v1/tools", headers={"Authorization": f"Bearer {house.token}"})
                statuses.append(answer.status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 5 + [429] * 19
    assert len(limited()) == 1


def test_looking_up_a_token_says_its_limit_too(house: make.House) -> None:
    allow(house, 7)
    found = token_for(house.token, at=make.now())
    assert found is not None
    assert rate.limit_of(found.agent) == 7
