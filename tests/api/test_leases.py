"""A lease handed out with a run is a fence: a process that slept through its end touches nothing any more."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.runs.lease import LEASE, return_lease
from orchestr.runs.models import Evidence, Run, Step
from tests import make
from tests.api.conftest import AgentClient
from tests.api.test_main_job import body, gather
from tests.api.test_refusals import events, refused
from tests.runs.operate import queue_run


@pytest.fixture
def slept(house: make.House, agent: AgentClient) -> tuple[dict[str, Any], dict[str, Any]]:
    """What two processes of one agent were given: the first slept through its lease, the second has the run now."""
    queue_run(house)
    first = agent.post("/runs/next", {}).json()
    later = make.now() + 2 * LEASE
    with transaction.atomic():
        assert return_lease(run_id=first["run"]["id"], by=Actor.worker("sweeper"), at=later)
    return first, agent.post("/runs/next", {}).json()


def test_who_slept_through_his_lease_neither_begins_nor_ends_the_run_of_another(
    house: make.House, agent: AgentClient, slept: Any
) -> None:
    first, second = slept
    run, before = first["run"], events()
    assert second["run"]["id"] == run["id"]
    late = {"Run-Lease": first["lease"]}
    claimed = {"kind": "claimed", "source": "erp", "value": 1}
    for count, (path, sent) in enumerate(
        [
            ("steps", {"kind": "look"}),
            ("evidence", claimed),
            ("changes", {"changes": body(house, [])["changes"]}),
            ("proposals", body(house, [])),
            ("finish", {"outcome": "done", "summary": ""}),
        ]
    ):
        refused(agent.post(f"/runs/{run['id']}/{path}", sent, **late), 409, "lease_lost", before + count)
    assert (Step.objects.count(), Evidence.objects.count(), Run.objects.get().state) == (0, 0, "leased")


def test_the_fence_stays_when_the_run_has_begun(house: make.House, agent: AgentClient, slept: Any) -> None:
    first, second = slept
    path = f"/runs/{first['run']['id']}/steps"
    assert agent.post(path, {"kind": "look"}, **{"Run-Lease": second["lease"]}).status_code == 201
    refused(agent.post(path, {"kind": "look"}, **{"Run-Lease": first["lease"]}), 409, "lease_lost", events() - 1)
    assert agent.post(path, {"kind": "look"}, **{"Run-Lease": second["lease"]}).status_code == 201
    assert Step.objects.count() == 2


def test_a_run_that_waits_again_is_lost_to_whom_it_was_leased(house: make.House, agent: AgentClient) -> None:
    queue_run(house)
    given = agent.post("/runs/next", {}).json()
    with transaction.atomic():
        return_lease(run_id=given["run"]["id"], by=Actor.worker("sweeper"), at=make.now() + 2 * LEASE)
    answer = agent.post(f"/runs/{given['run']['id']}/steps", {"kind": "look"}, **{"Run-Lease": given["lease"]})
    refused(answer, 409, "lease_lost", events() - 1)


def test_who_repeats_what_was_done_under_his_lease_gets_its_answer(
    house: make.House, agent: AgentClient, slept: Any
) -> None:
    _first, second = slept
    path, said = f"/runs/{second['run']['id']}/finish", {"outcome": "done", "summary": ""}
    sent = {"Run-Lease": second["lease"], "Idempotency-Key": "once"}
    assert agent.post(path, said, **sent).json() == agent.post(path, said, **sent).json()
    assert AuditEvent.objects.filter(action="run.finished").count() == 1


def test_a_lease_that_is_none_is_refused_as_such(house: make.House, agent: AgentClient) -> None:
    queue_run(house)
    run = agent.post("/runs/next", {}).json()["run"]
    path = f"/runs/{run['id']}/steps"
    refused(agent.post(path, {"kind": "look"}, **{"Run-Lease": "mine"}), 400, "run_lease", events() - 1)
    refused(agent.post(path, {"kind": "look"}, **{"Run-Lease": str(uuid4())}), 409, "lease_lost", events() - 1)


def test_an_agent_that_names_no_lease_works_as_before(house: make.House, agent: AgentClient) -> None:
    queue_run(house)
    run = agent.post("/runs/next", {}).json()["run"]
    made = agent.post(f"/runs/{run['id']}/proposals", body(house, gather(agent, run)))
    assert made.status_code == 201
