"""Four ways to build an agent, three ways a job ends: each drives a whole job against a server on a socket.

              | approved and published | blocked, with the reason | the budget is spent
 Pydantic AI  |           x            |            x             |          x
 OpenAI SDK   |           x            |            x             |          x
 LangGraph    |           x            |            x             |          x
 `mcp` client |           x            |            x             |          x

Models are scripts or functions of rules; nothing leaves the machine. Each agent asks in one process and hears in
another: between the two it keeps what its framework keeps, and no more.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from agents import Runner, RunState
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph

from orchestr.client import Change, Orchestr, Run
from orchestr.client.adapters import langgraph
from orchestr.client.adapters.openai_agents import settled
from orchestr.proposals.models import Proposal
from orchestr.runs.models import Run as RunRow
from tests import make
from tests.api.fuzz.served import served
from tests.client.adapters.conftest import People, reprice
from tests.client.adapters.over_mcp import PlainMcp, PydanticAi
from tests.client.adapters.test_langgraph import THREAD, State
from tests.client.adapters.test_openai_agents import OFFLINE, agent_of

type Json = Any
type Start = Callable[[], "Driven"]


class Driven(Protocol):
    """An agent at work."""

    def ask(self) -> dict[str, Json] | None:
        """Do the job as far as people; what the agent was told where it ended there, None where it waits."""

    def hear(self) -> dict[str, Json]:
        """In another process: what the agent is told once people have said what they say."""


class OpenAiSdk:
    """An agent of the OpenAI Agents SDK by our adapter; it keeps the state of its run as text."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token
        self._kept = ""

    def ask(self) -> dict[str, Json] | None:
        first = Runner.run_sync(agent_of(self._door()), "Clear what does not sell.", run_config=OFFLINE)
        if not first.interruptions:
            told: dict[str, Json] = json.loads(first.final_output)
            return told
        self._kept = first.to_state().to_string()
        return None

    def hear(self) -> dict[str, Json]:
        door = self._door()
        agent = agent_of(door)
        state = asyncio.run(RunState.from_string(agent, self._kept))
        assert settled(state, door)
        told: dict[str, Json] = json.loads(Runner.run_sync(agent, state, run_config=OFFLINE).final_output)
        return told

    def _door(self) -> Orchestr:
        return Orchestr(self._url, self._token)


class LangGraph:
    """A graph by our adapter; it keeps a file of checkpoints."""

    def __init__(self, url: str, token: str, folder: Path) -> None:
        self._url, self._token, self._file = url, token, folder / "threads.sqlite"

    def ask(self) -> dict[str, Json] | None:
        with sqlite3.connect(self._file, check_same_thread=False) as line:
            after = self._graph(line).invoke({"cents": 19_000}, THREAD)
        return None if "__interrupt__" in after else after["told"]

    def hear(self) -> dict[str, Json]:
        with sqlite3.connect(self._file, check_same_thread=False) as line:
            after = langgraph.resume(self._graph(line), THREAD, Orchestr(self._url, self._token))
        assert after is not None
        told: dict[str, Json] = after["told"]
        return told

    def _graph(self, line: sqlite3.Connection) -> Any:
        @langgraph.governed_tool(
            Orchestr(self._url, self._token), workflow="clearance", summary="Reprice {sku}", confidence=0.9
        )
        def set_price(run: Run, sku: str, cents: int) -> Iterator[Change]:
            yield from reprice(run, sku, cents)

        plan = StateGraph(State)
        plan.add_node("step", lambda state: {"told": dict(set_price("JKT-1", cents=state["cents"]))})
        plan.add_edge(START, "step")
        plan.add_edge("step", END)
        return plan.compile(checkpointer=SqliteSaver(line))


DRIVEN = ("pydantic-ai", "openai-agents", "langgraph", "mcp")


@pytest.fixture(params=DRIVEN)
def agent(request: pytest.FixtureRequest, house: make.House, tmp_path: Path) -> Iterator[Driven]:
    built: dict[str, Callable[[str, str], Driven]] = {
        "pydantic-ai": PydanticAi,
        "openai-agents": OpenAiSdk,
        "langgraph": lambda url, token: LangGraph(url, token, tmp_path),
        "mcp": PlainMcp,
    }
    with served() as url:
        yield built[request.param](url, house.token)


def test_is_approved_and_hears_that_it_was_published(agent: Driven, people: People) -> None:
    assert agent.ask() is None
    assert people.row.state == "draft"
    people.approve()
    assert agent.hear()["outcome"] == "published"
    assert Proposal.objects.count() == RunRow.objects.count() == 1


def test_is_blocked_and_hears_why(agent: Driven, people: People) -> None:
    assert agent.ask() is None
    people.block("Not below 195.")
    told = agent.hear()
    assert (told["outcome"], told["reason"]) == ("blocked", "Not below 195.")
    assert people.row.state == "blocked"


def test_is_stopped_by_a_spent_budget_and_hears_until_when(agent: Driven, people: People) -> None:
    people.allow_no_more_runs()
    told = agent.ask()
    assert told is not None
    assert told["outcome"] == "refused"
    assert "has used 1 of 1 (runs_per_day) today" in told["reason"]
    assert not Proposal.objects.exists()
    assert not RunRow.objects.exists()
