"""An agent of the OpenAI Agents SDK asks for approval, and goes on in another process with what people said."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from agents import Agent, ModelResponse, RunConfig, Runner, RunState, Usage
from agents.models.interface import Model
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

from orchestr.client import Change, Orchestr, Run
from orchestr.client.adapters.openai_agents import governed_tool, settled
from orchestr.proposals.models import Proposal
from orchestr.runs.models import Run as RunRow
from tests.client.adapters.conftest import People, reprice

OFFLINE = RunConfig(tracing_disabled=True)


class Script(Model):
    """Reprices once, then repeats what it was told."""

    async def get_response(self, *given: Any, **named: Any) -> ModelResponse:
        asked = named.get("input", given[1] if len(given) > 1 else None)
        told = [
            each["output"] for each in asked if isinstance(each, dict) and each.get("type") == "function_call_output"
        ]
        return ModelResponse(output=[_message(str(told[-1])) if told else _call()], usage=Usage(), response_id=None)

    def stream_response(self, *given: Any, **named: Any) -> Any:
        raise NotImplementedError


def _call() -> ResponseFunctionToolCall:
    wanted = json.dumps({"sku": "JKT-1", "cents": 19_000})
    return ResponseFunctionToolCall(arguments=wanted, call_id="call_1", name="set_price", type="function_call")


def _message(text: str) -> ResponseOutputMessage:
    said = ResponseOutputText(text=text, annotations=[], type="output_text")
    return ResponseOutputMessage(id="m", content=[said], role="assistant", status="completed", type="message")


def agent_of(door: Orchestr) -> Agent[Any]:
    @governed_tool(door, workflow="clearance", summary="Reprice {sku}", confidence=0.9)
    def set_price(run: Run, sku: str, cents: int) -> Iterator[Change]:
        """Set the price of a variant."""
        yield from reprice(run, sku, cents)

    assert set(set_price.params_json_schema["properties"]) == {"sku", "cents"}
    assert set_price.description == "Set the price of a variant."
    return Agent(name="repricer", model=Script(), tools=[set_price])


@pytest.fixture
def kept(another_process: Callable[[], Orchestr]) -> str:
    """What the first process kept."""
    first = Runner.run_sync(agent_of(another_process()), "Clear what does not sell.", run_config=OFFLINE)
    assert len(first.interruptions) == 1
    return first.to_state().to_string()


def state_of(kept: str, agent: Agent[Any]) -> RunState[Any, Any]:
    return asyncio.run(RunState.from_string(agent, kept))


def went_on(kept: str, door: Orchestr) -> Any:
    """What the agent was told in the end."""
    agent = agent_of(door)
    state = state_of(kept, agent)
    assert settled(state, door)
    return json.loads(Runner.run_sync(agent, state, run_config=OFFLINE).final_output)


def test_asks_and_goes_on_in_another_process_once_approved(
    kept: str, people: People, another_process: Callable[[], Orchestr]
) -> None:
    door = another_process()
    assert not settled(state_of(kept, agent_of(door)), door)
    people.approve()
    assert went_on(kept, another_process())["outcome"] == "published"
    assert Proposal.objects.count() == RunRow.objects.count() == 1


def test_is_told_why_it_was_blocked(kept: str, people: People, another_process: Callable[[], Orchestr]) -> None:
    people.block("Not below 195.")
    told = went_on(kept, another_process())
    assert (told["outcome"], told["reason"]) == ("blocked", "Not below 195.")


def test_who_approves_in_the_sdk_alone_is_told_that_it_still_waits(
    kept: str, people: People, another_process: Callable[[], Orchestr]
) -> None:
    agent = agent_of(another_process())
    state = state_of(kept, agent)
    for item in state.get_interruptions():
        state.approve(item)
    told = json.loads(Runner.run_sync(agent, state, run_config=OFFLINE).final_output)
    assert told["outcome"] == "waiting"
    assert people.row.state == "draft"


def test_a_spent_budget_is_an_answer(people: People, door: Orchestr) -> None:
    people.allow_no_more_runs()
    last = Runner.run_sync(agent_of(door), "Clear what does not sell.", run_config=OFFLINE)
    assert json.loads(last.final_output)["code"] == "budget_spent"
    assert not Proposal.objects.exists()
