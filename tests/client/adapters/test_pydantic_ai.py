"""A Pydantic AI agent defers a call to people, and goes on in another process with what they said."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter
from pydantic_ai import Agent, DeferredToolRequests, DeferredToolResults
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel

from orchestr.client import Change, Orchestr, Run
from orchestr.client.adapters.pydantic_ai import governed_tool, results
from orchestr.proposals.models import Proposal, Version
from orchestr.runs.models import Run as RunRow
from tests.client.adapters.conftest import People, reprice

REQUESTS = TypeAdapter(DeferredToolRequests)


def model(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    """Reprices once, then repeats what it was told."""
    told = [part for message in messages for part in message.parts if isinstance(part, ToolReturnPart)]
    if told:
        return ModelResponse(parts=[TextPart(told[-1].model_response_str())])
    assert set(info.function_tools[0].parameters_json_schema["properties"]) == {"sku", "cents"}
    assert info.function_tools[0].description == "Set the price of a variant."
    return ModelResponse(parts=[ToolCallPart("set_price", {"sku": "JKT-1", "cents": 19_000})])


def agent_of(door: Orchestr) -> Agent[None, str | DeferredToolRequests]:
    @governed_tool(door, workflow="clearance", summary="Reprice {sku}", confidence=0.9)
    def set_price(run: Run, sku: str, cents: int) -> Iterator[Change]:
        """Set the price of a variant."""
        yield from reprice(run, sku, cents)

    return Agent(FunctionModel(model), tools=[set_price], output_type=[str, DeferredToolRequests])


@pytest.fixture
def kept(another_process: Callable[[], Orchestr]) -> tuple[bytes, bytes]:
    """What the first process kept: its requests, and its messages."""
    first = agent_of(another_process()).run_sync("Clear what does not sell.")
    assert isinstance(first.output, DeferredToolRequests)
    return REQUESTS.dump_json(first.output), first.all_messages_json()


def went_on(kept: tuple[bytes, bytes], door: Orchestr) -> str:
    requests, messages = kept
    told = results(REQUESTS.validate_json(requests), door)
    assert isinstance(told, DeferredToolResults)
    history = ModelMessagesTypeAdapter.validate_json(messages)
    last: Any = agent_of(door).run_sync(message_history=history, deferred_tool_results=told)
    return str(last.output)


def test_defers_and_goes_on_in_another_process_once_approved(
    kept: tuple[bytes, bytes], people: People, another_process: Callable[[], Orchestr]
) -> None:
    assert results(REQUESTS.validate_json(kept[0]), another_process()) is None
    people.approve()
    assert '"outcome":"published"' in went_on(kept, another_process()).replace(": ", ":")
    assert Proposal.objects.count() == RunRow.objects.count() == 1


def test_the_proposal_names_the_model_that_called(kept: tuple[bytes, bytes]) -> None:
    assert Version.objects.get().lineage["models"] == [FunctionModel(model).model_name]


def test_is_told_why_it_was_blocked(
    kept: tuple[bytes, bytes], people: People, another_process: Callable[[], Orchestr]
) -> None:
    people.block("Not below 195.")
    said = went_on(kept, another_process())
    assert "blocked" in said
    assert "Not below 195." in said


def test_a_spent_budget_is_an_answer(people: People, door: Orchestr) -> None:
    people.allow_no_more_runs()
    last = agent_of(door).run_sync("Clear what does not sell.")
    assert isinstance(last.output, str)
    assert "budget_spent" in last.output
    assert not Proposal.objects.exists()
