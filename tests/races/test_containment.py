"""Containments beside each other and beside writes under way: one freeze, one order, and nobody waits for ever."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from orchestr.execution import sessions
from orchestr.execution.incidents.containment import Contained, contain
from orchestr.execution.models import Incident
from orchestr.execution.revert_plan import RevertPlan
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target, in_lock_order
from tests import make
from tests.execution.approved import approved, clock_after_window, work_until_settled
from tests.execution.test_revert import plan_of
from tests.invariants import assert_invariants, shelf_writes
from tests.races.duel import duel

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def house(committed: Any, shelves: None) -> Iterator[make.House]:
    sessions.close_all()
    yield make.house()
    assert_invariants(shelf_writes())


@pytest.fixture
def plans(house: make.House) -> tuple[RevertPlan, RevertPlan]:
    """Two published prices of one workflow, each looked at by somebody who is about to contain it."""
    with transaction.atomic():
        first = approved(house)
        other = approved(house, house.change(house.jacket_2, after=19_000))
    clock = clock_after_window()
    for each in (first, other):
        work_until_settled(each, clock)
        assert each.state == "published"
    return plan_of(house, first), plan_of(house, other)


def act(house: make.House, plan: RevertPlan, **fields: Any) -> Contained:
    return contain(
        plan=plan, choices={}, digest=plan.digest, by=house.people.omar, why="Prices are wrong.", at=make.now(),
        siblings=False, **fields,
    )  # fmt: skip


def test_of_two_who_contain_one_workflow_at_once_the_first_freezes_and_both_put_back(
    house: make.House, plans: tuple[RevertPlan, RevertPlan]
) -> None:
    first, second = duel(lambda: act(house, plans[0]), lambda: act(house, plans[1]))
    frozen = Freeze.objects.get()
    assert (first.freeze, second.freeze, frozen.incident_id) == (frozen, frozen, first.incident.pk)
    assert [each.freeze_id for each in Incident.objects.all()] == [frozen.pk] * 2
    assert first.execution is not None
    assert second.execution is not None


def test_two_who_freeze_the_same_things_named_in_another_order_wait_for_each_other_once(
    committed: Any, house: make.House, plans: tuple[RevertPlan, RevertPlan]
) -> None:
    """A write is under way on the last of them, so that both have begun before either has all its locks."""
    targets = in_lock_order([Target("workflow", "clearance"), Target("agent", "repricer")])

    def one(plan: RevertPlan, freezes: Sequence[Target]) -> Contained:
        try:
            with transaction.atomic(durable=True):
                return act(house, plan, freezes=freezes)
        finally:
            connection.close()

    with psycopg.connect(committed.superuser_url) as writer, ThreadPoolExecutor(2) as threads:
        writer.execute("SELECT pg_advisory_xact_lock_shared(%s)", [targets[-1].lock_key])
        acts = [threads.submit(one, plans[0], targets[::-1])]
        make.wait_until_blocked()
        acts.append(threads.submit(one, plans[1], targets))
        make.wait_until_blocked(count=2)
        writer.rollback()
        done = [each.result(timeout=30) for each in acts]
    assert [len(each.freezes) for each in done] == [2, 2]
    assert Freeze.objects.count() == 2
