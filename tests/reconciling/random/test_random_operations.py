"""Random operations of every kind leave no fact without its event, and the rows are what the events tell."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import shelf
from django.db import transaction

from orchestr.execution import sessions
from orchestr.execution.writing import apply
from orchestr.proposals.models import Proposal
from orchestr.reconciling.compare import reconcile
from reviews.admin import changes  # every kind of control change is registered where people confirm them
from tests import make
from tests.reconciling.random.acts import ACTS
from tests.reconciling.random.company import found
from tests.witness import Operations, operations

# Beside the 88,000 of the histories of publishing: see tests/faults/test_histories.py.
OPERATIONS = int(os.environ.get("OPERATIONS", "12500"))
ACTS_OF_ONE = 900
Told = Callable[[str, object], None]


@pytest.fixture
def house(committed: Any, shelves: None) -> Iterator[make.House]:
    """In a copy of the database of its own: each history is rolled back to it."""
    sessions.close_all()
    yield make.house()
    sessions.close_all()


@pytest.fixture(autouse=True)
def read_back_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shelves answer at once: time passes on the company's clock alone."""
    monkeypatch.setattr(apply, "READ_BACK_AFTER_S", (0.0,))


def without_events() -> set[str]:
    """The rows that are not what events tell: at first those that the builders made."""
    return {str(fault.place) for fault in reconcile() if fault is not None}


def play(house: make.House, *, seed: int, acts: int, count: Operations) -> tuple[int, Counter[str]]:
    """One history in a transaction that is rolled back: how many operations, and what was done and refused."""
    opening = {key: dict(held.resources) for key, held in shelf.SHELVES.items()}
    outer = transaction.atomic()
    outer._from_testcase = True  # type: ignore[attr-defined]
    with outer:
        company = found(house, seed=seed)
        built = without_events()
        count.mark(own=True)
        for act in company.random.choices(list(ACTS), weights=list(ACTS.values()), k=acts):
            act(company)
        for state in Proposal.objects.values_list("state", flat=True):
            company.done[f"ended {state}"] += 1
        happened, bare = count.settle()
        assert bare == [], f"seed {seed}: rows were changed without an event: {bare[:5]}"
        assert without_events() <= built, f"seed {seed}"
        transaction.set_rollback(True)
    for key, resources in opening.items():
        held = shelf.SHELVES[key]
        held.resources = dict(resources)
        held.written.clear()
    return happened, company.done + Counter({f"refused: {code}": n for code, n in company.refused.items()})


def many(house: make.House, *, least: int, told: Told, seed: int = 0) -> Counter[str]:
    """So many operations or a few more, in histories of the seeds after this one."""
    assert changes.changes_in_words
    seen: Counter[str] = Counter()
    total, histories, began = 0, 0, time.monotonic()
    with operations() as count:
        while total < least:
            seed, histories = seed + 1, histories + 1
            happened, done = play(house, seed=seed, acts=min(ACTS_OF_ONE, least), count=count)
            total += happened
            seen += done
    took = time.monotonic() - began
    told("counted", f"{total} random operations in {histories} histories in {took:.0f} s: {dict(sorted(seen.items()))}")
    return seen


def test_a_short_history_leaves_no_fact_without_its_event(house: make.House, record_property: Told) -> None:
    seen = many(house, least=250, told=record_property)
    assert seen["submitted"] > 10
    assert seen["yes"] > 5


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("half", range(2))
def test_twelve_thousand_random_operations_leave_no_fact_without_its_event(
    house: make.House, half: int, record_property: Told
) -> None:
    """In two parts, so that two processes share them."""
    seen = many(house, least=OPERATIONS // 2, told=record_property, seed=1_000 * (half + 1))
    # Those that come dozens of times; the rest is counted and told.
    kinds = {
        "submitted", "yes", "drained", "judged", "revert asked for", "held", "hold.lift confirmed", "scope set",
        "scope confirmed", "scope revoked", "policy drafted", "grant confirmed", "agent registered", "token issued",
        "stage set", "locked", "lock lifted", "event came", "run started", "run ended", "ended published",
        "ended reverted", "ended blocked",
    }  # fmt: skip
    assert kinds - seen.keys() == set()
    assert any(name.startswith("refused: ") for name in seen)
