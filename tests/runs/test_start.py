"""A run starts once per event, within its budgets, under named owners."""

import pytest

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.freezes.models import Freeze
from orchestr.refusal import Refusal
from orchestr.runs.models import BudgetUse, Event, Run
from tests import make
from tests.runs.operate import event, start_run


def refusal(house: make.House, *args: str, **fields: object) -> Refusal:
    before = (Run.objects.count(), AuditEvent.objects.count())
    with pytest.raises(Refusal) as caught:
        start_run(house, *args, **fields)
    assert (Run.objects.count(), AuditEvent.objects.count()) == before
    return caught.value


def test_a_run_names_its_owners_its_event_and_its_budget(house: make.House) -> None:
    run = start_run(house)
    assert (run.state, run.escalation_owner, run.rollback_owner) == (
        "running",
        house.people.omar.person,
        house.people.olga.person,
    )
    assert run.budget == {"steps": {"limit": 100, "used": 0}}
    assert list(AuditEvent.objects.order_by("id").values_list("action", flat=True)) == ["event.received", "run.started"]
    assert AuditEvent.objects.get(action="run.started").about == {
        "run": str(run.pk),
        "workflow": str(house.workflow.pk),
        "agent": str(house.agent.pk),
        "event": str(run.event_id),
    }


def test_the_same_event_starts_a_workflow_once_and_names_that_run(house: make.House) -> None:
    run = start_run(house)
    refused = refusal(house)
    assert (refused.status, refused.code, refused.answer) == (409, "already_run", {"run": str(run.pk)})
    assert BudgetUse.objects.get(kind="runs_per_day").used == 1


def test_the_same_id_from_another_source_is_another_event(house: make.House) -> None:
    start_run(house)
    start_run(house, source_event=event(source="/elsewhere"))
    assert (Run.objects.count(), Event.objects.count()) == (2, 2)


def test_one_event_may_start_two_workflows(house: make.House) -> None:
    other = make.workflow(house.agent, key="copy-upkeep", segments=[house.apparel], owner=house.people.ada)
    start_run(house)
    start_run(house, workflow=other)
    assert (Run.objects.count(), Event.objects.count()) == (2, 1)


def test_another_agents_workflow_is_as_absent_as_none(house: make.House) -> None:
    other = make.agent("copywriter", owner=house.people.ada)
    refused = refusal(house, agent=other)
    assert (refused.status, refused.detail) == (404, "There is no such workflow.")


def test_a_workflow_that_is_switched_off_starts_nothing(house: make.House) -> None:
    house.workflow.enabled = False
    house.workflow.save()
    assert refusal(house).code == "workflow_disabled"


@pytest.mark.parametrize(("kind", "key"), [("all", ""), ("workflow", "clearance"), ("agent", "repricer")])
def test_a_freeze_starts_nothing(house: make.House, kind: str, key: str) -> None:
    Freeze.objects.create(kind=kind, key=key, why="look", set_by=house.people.omar.person, set_at=make.now())
    refused = refusal(house)
    assert (refused.status, refused.code) == (403, "frozen")


def test_a_chain_of_runs_ends_at_its_depth(house: make.House) -> None:
    parent = None
    for depth in range(6):
        parent = start_run(house, f"evt-{depth}", parent_id=parent.pk if parent else None)
        assert parent.depth == depth
    assert parent is not None
    assert refusal(house, "evt-6", parent_id=parent.pk).code == "too_deep"


def test_a_parent_of_another_agent_is_absent(house: make.House) -> None:
    stranger = make.agent("copywriter", owner=house.people.ada)
    theirs = make.run(make.workflow(stranger, key="copy-upkeep", owner=house.people.ada))
    assert refusal(house, parent_id=theirs.pk).status == 404


@pytest.mark.parametrize("part", ["id", "source", "type"])
@pytest.mark.parametrize("text", ["", "two words", "x" * 161, "nul\0", "tab\t", "<b>bold</b>", "a`b", 'a"b'])
def test_an_event_without_a_proper_name_is_refused(house: make.House, part: str, text: str) -> None:
    refused = refusal(house, source_event=event(**{part: text}))
    assert (refused.status, refused.code, refused.params) == (422, "malformed_event", {"part": part})


def test_an_operation_outside_a_transaction_is_a_mistake_of_ours(committed: object) -> None:
    from orchestr.runs.start import start_run as bare

    house = make.house()
    with pytest.raises(RuntimeError):
        bare(
            agent=house.agent,
            workflow=house.workflow,
            source_event=event(),
            by=Actor.agent(house.agent.pk),
            at=make.now(),
        )
    assert not Run.objects.exists()
