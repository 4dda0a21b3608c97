"""Random histories of publishing, somebody else's edits and reverts: nothing is lost, and nothing is overwritten unseen."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import shelf
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestr.execution import sessions
from orchestr.execution.models import ExecutionItem
from orchestr.execution.reverting.lines import Choice, RevertPlan
from orchestr.execution.reverting.plan import plan_selection
from orchestr.execution.reverting.selection import Selection
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import approved, clock_after_window, work_until_settled
from tests.execution.reverting.doing import edit, press, work_all
from tests.invariants import assert_invariants, shelf_writes

SKUS = ("JKT-1", "JKT-2", "BAS-1")
PERCENT = st.integers(95, 99)
ACTS = st.one_of(
    st.tuples(st.just("publish"), st.sets(st.sampled_from(SKUS), min_size=1, max_size=2), PERCENT),
    st.tuples(st.just("edit"), st.sampled_from(SKUS), st.integers(15_000, 24_000)),
    st.tuples(
        st.just("revert"),
        st.sets(st.sampled_from(SKUS), min_size=1),
        st.lists(st.sampled_from(("default", "restore", "keep", "rebase")), min_size=3, max_size=3),
        st.one_of(st.none(), st.tuples(st.sampled_from(SKUS), st.integers(15_000, 24_000))),
    ),
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ACTS, min_size=4, max_size=9))
def test_every_item_ends_restored_kept_by_choice_or_visibly_in_conflict(house: make.House, acts: list[Any]) -> None:
    with forgotten():
        asked: dict[Any, Choice] = {}
        explicit: set[Any] = set()
        for act in acts:
            match act:
                case ("publish", skus, percent):
                    _publish(house, sorted(skus), percent)
                case ("edit", sku, amount):
                    edit(sku, amount)
                case ("revert", skus, choices, meanwhile):
                    asked |= _revert(house, sorted(skus), choices, meanwhile, explicit)
        _every_item_is_accounted_for(asked)
        _nothing_of_others_was_overwritten_unasked(explicit)
        assert_invariants(shelf_writes())


@contextmanager
def forgotten() -> Iterator[None]:
    """An example of its own: rows are rolled back, shelves put back."""
    shelves = copy.deepcopy(dict(shelf.SHELVES))
    block: Any = transaction.atomic()
    block._from_testcase = True  # What runs inside may open durable transactions, and calls the shelf.
    sessions.close_all()
    try:
        with block:
            yield
            transaction.set_rollback(True)
    finally:
        shelf.SHELVES.clear()
        shelf.SHELVES.update(shelves)


def _publish(house: make.House, skus: list[str], percent: int) -> None:
    resources = {"JKT-1": house.jacket, "JKT-2": house.jacket_2, "BAS-1": house.base_layer}
    changes = [
        house.change(resources[sku], after=house.price(resources[sku]).value["amount"] * percent // 100) for sku in skus
    ]
    try:
        proposal = approved(house, *changes)
    except AssertionError:
        return  # Policy has had enough of this SKU for today: then nothing is published.
    work_until_settled(proposal, clock_after_window())


def _revert(
    house: make.House, skus: list[str], wanted: list[str], meanwhile: Any, explicit: set[Any]
) -> dict[Any, Choice]:
    """Ask for a revert of these SKUs, choosing where a choice is offered; somebody may edit between plan and write."""
    since = make.now() - timedelta(hours=1)
    planned = plan_selection(
        selection=Selection(since=since, skus=tuple(skus)), account=house.people.omar, at=make.now()
    )
    chosen = _chosen(planned, wanted)
    try:
        press(
            house, planned, {n: choice for n, choice in chosen.items() if choice is not None}, authority="containment"
        )
    except Refusal as refusal:
        if refusal.code != "nothing_to_restore":
            raise
        return {}
    if meanwhile is not None:
        edit(*meanwhile)
    work_all(rounds=4)
    explicit |= {part.item_id for line in planned.lines if chosen[line.index] for part in line.parts}
    return {part.item_id: choice or line.default for line, choice in zip(planned.lines, chosen.values(), strict=True)
            for part in line.parts}  # fmt: skip


def _chosen(planned: RevertPlan, wanted: list[str]) -> dict[int, Any]:
    return {
        line.index: choice if (choice := wanted[place % len(wanted)]) in line.choices else None
        for place, line in enumerate(planned.lines)
    }


def _every_item_is_accounted_for(asked: dict[Any, Choice]) -> None:
    for item_id, choice in asked.items():
        undoing = ExecutionItem.objects.filter(undoes=item_id).order_by("-execution__queued_at", "-id").first()
        if undoing is None:
            assert choice == "keep", f"{item_id} was to be {choice}d and nothing was queued"
            continue
        # A proposal of which everything is kept gets no execution: what an earlier revert found of it stands.
        before = {"kept", "restored", "conflict"}
        assert undoing.state in (before if choice == "keep" else {"restored", "conflict"}), undoing.state
        if undoing.state == "restored":
            assert undoing.observed == undoing.after
            assert undoing.read_by in ("read_back", "before_write", "other_item")
        if undoing.state == "conflict":
            assert undoing.observed != undoing.before


def _nothing_of_others_was_overwritten_unasked(explicit: set[Any]) -> None:
    """Where a revert wrote over what was not ours, somebody had seen that value and said so."""
    for item in ExecutionItem.objects.filter(execution__kind="revert", read_by="read_back").select_related("undoes"):
        assert item.undoes is not None
        if item.before != item.undoes.after:
            assert item.undoes_id in explicit, f"{item.undoes_id}: {item.before} was overwritten without a choice"
