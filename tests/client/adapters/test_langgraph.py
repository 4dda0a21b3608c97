"""A LangGraph thread waits for people, and goes on in another process with what they said."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

from orchestr.client import Change, Orchestr, Run
from orchestr.client.adapters.langgraph import governed_tool, resume
from orchestr.proposals.models import Proposal
from orchestr.runs.models import Run as RunRow
from tests.client.adapters.conftest import People, reprice

THREAD: Any = {"configurable": {"thread_id": "t-1"}}


class State(TypedDict, total=False):
    cents: int
    colour: str
    told: dict[str, Any]
    visits: int


class Shop:
    """A graph of one step on a file of checkpoints: what a process has of it."""

    def __init__(self, door: Orchestr, file: Path, *, asks: bool = False) -> None:
        """With `asks` a second step runs beside it that asks whoever drives the graph for a colour."""
        self.visits = 0

        @governed_tool(door, workflow="clearance", summary="Reprice {sku}", confidence=0.9)
        def set_price(run: Run, sku: str, cents: int) -> Iterator[Change]:
            yield from reprice(run, sku, cents)

        def step(state: State) -> State:
            self.visits += 1
            return {"told": dict(set_price("JKT-1", cents=state["cents"]))}

        def ask(state: State) -> State:
            return {"colour": interrupt("Which colour?")}

        plan = StateGraph(State)
        if asks:
            plan.add_node("ask", ask)
            plan.add_edge(START, "ask")
            plan.add_edge("ask", END)
        plan.add_node("step", step)
        plan.add_edge(START, "step")
        plan.add_edge("step", END)
        self._line = sqlite3.connect(file, check_same_thread=False)
        self.graph = plan.compile(checkpointer=SqliteSaver(self._line))

    def ask(self, cents: int = 19_000) -> dict[str, Any]:
        return self.graph.invoke({"cents": cents}, THREAD)

    def end(self) -> None:
        self._line.close()


@pytest.fixture
def open_shop(another_process: Callable[[], Orchestr], tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    opened: list[Shop] = []

    def open_one(**asked: bool) -> Shop:
        opened.append(Shop(another_process(), tmp_path / "threads.sqlite", **asked))
        return opened[-1]

    yield open_one
    for shop in opened:
        shop.end()


def test_waits_and_goes_on_in_another_process_once_approved(
    open_shop: Callable[[], Shop], people: People, door: Orchestr
) -> None:
    first = open_shop()
    (waiting,) = first.ask()["__interrupt__"]
    assert waiting.value["outcome"] == "waiting"
    assert waiting.value["proposal"] == str(people.row.pk)
    assert people.row.versions.get().summary == "Reprice JKT-1"
    assert resume(first.graph, THREAD, door) is None
    first.end()

    people.approve()
    second = open_shop()
    after = resume(second.graph, THREAD, door)
    assert after is not None
    assert after["told"]["outcome"] == "published"
    assert (first.visits, second.visits) == (1, 1)
    assert Proposal.objects.count() == RunRow.objects.count() == 1
    assert resume(second.graph, THREAD, door) is None


def test_is_told_why_it_was_blocked(open_shop: Callable[[], Shop], people: People, door: Orchestr) -> None:
    shop = open_shop()
    shop.ask()
    people.block("Not below 195.")
    after = resume(shop.graph, THREAD, door)
    assert after is not None
    assert (after["told"]["outcome"], after["told"]["reason"]) == ("blocked", "Not below 195.")


def test_is_told_what_to_change(open_shop: Callable[[], Shop], people: People, door: Orchestr) -> None:
    shop = open_shop()
    shop.ask()
    people.request_changes("A little more.")
    after = resume(shop.graph, THREAD, door)
    assert after is not None
    assert after["told"]["outcome"] == "changes_requested"
    assert after["told"]["constraints"] == {"floor": 19_500}


def test_who_resumes_without_a_decision_waits_again(open_shop: Callable[[], Shop], people: People) -> None:
    shop = open_shop()
    shop.ask()
    lied = shop.graph.invoke(Command(resume={"outcome": "published"}), THREAD)
    assert lied["__interrupt__"][0].value["outcome"] == "waiting"
    assert Proposal.objects.count() == 1


def test_a_spent_budget_is_an_answer(open_shop: Callable[[], Shop], people: People) -> None:
    people.allow_no_more_runs()
    told = open_shop().ask()["told"]
    assert (told["outcome"], told["code"]) == ("refused", "budget_spent")
    assert told["next"]
    assert not Proposal.objects.exists()


def test_two_turns_of_one_thread_are_two_proposals(open_shop: Callable[[], Shop], people: People) -> None:
    shop = open_shop()
    shop.ask()
    people.block("No.")
    assert shop.graph.get_state(THREAD).interrupts
    again = shop.ask(cents=19_500)
    assert again["__interrupt__"][0].value["outcome"] == "waiting"
    assert Proposal.objects.count() == 2


def test_interrupts_of_the_graph_itself_are_left_to_whoever_answers_them(
    open_shop: Callable[..., Shop], people: People, door: Orchestr
) -> None:
    shop = open_shop(asks=True)
    assert len(shop.ask()["__interrupt__"]) == 2
    assert resume(shop.graph, THREAD, door) is None
    people.block("Not below 195.")
    after = resume(shop.graph, THREAD, door)
    assert after is not None
    (own,) = after["__interrupt__"]
    assert own.value == "Which colour?"
    assert resume(shop.graph, THREAD, door) is None, "what is left is not ours"
    last = shop.graph.invoke(Command(resume="blue"), THREAD)
    assert (last["colour"], last["told"]["reason"]) == ("blue", "Not below 195.")
