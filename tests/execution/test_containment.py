"""Containment: one act, one person on call, and a second who reviews it."""

import pytest
import shelf
from django.db import transaction

from audit.models import AuditEvent
from orchestr.execution.containment import Contained, acknowledge, contain, review
from orchestr.execution.models import Incident
from orchestr.freezes.models import Freeze
from orchestr.people.models import Account, Notice
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import approved, clock_after_window, states, work
from tests.execution.test_revert import plan_of, published


def act(house: make.House, proposal: Proposal, by: Account) -> Contained:
    plan = plan_of(house, proposal)
    with transaction.atomic():
        return contain(plan=plan, choices={}, digest=plan.digest, by=by, why="Prices are wrong.", at=make.now())


def test_one_act_reverts_freezes_opens_an_incident_and_tells_the_rollback_owner(house: make.House) -> None:
    proposal = published(house)
    done = act(house, proposal, house.people.omar)
    work(clock_after_window())
    proposal.refresh_from_db()
    assert proposal.state == "reverted"
    assert done.execution is not None
    assert done.execution.authority["kind"] == "containment"
    assert Freeze.objects.get().target == "workflow:clearance"
    assert Incident.objects.get().freeze == Freeze.objects.get()
    assert list(Notice.objects.values_list("kind", "person__name")) == [("incident.contained", "Olga")]


def test_what_is_approved_and_not_begun_is_blocked_instead(house: make.House) -> None:
    proposal = approved(house)
    done = act(house, proposal, house.people.omar)
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (done.execution, proposal.state, proposal.blocked_reason) == (None, "blocked", "contained")


def test_a_workflow_frozen_before_stays_so(house: make.House) -> None:
    first, second = (
        published(house, house.change(after=19_000)),
        published(house, house.change(house.base_layer, after=19_000)),
    )
    act(house, first, house.people.omar)
    act(house, second, house.people.omar)
    assert Freeze.objects.count() == 1
    assert Incident.objects.count() == 2


@pytest.mark.parametrize("who", ["mia", "ada"])
def test_refuses_who_is_not_on_call_here_and_nothing_happens(house: make.House, who: str) -> None:
    proposal = published(house)
    before = AuditEvent.objects.count()
    with pytest.raises(Refusal) as refused:
        act(house, proposal, getattr(house.people, who))
    assert refused.value.code == "may_not_contain_here"
    assert (AuditEvent.objects.count(), Incident.objects.count(), Freeze.objects.count()) == (before, 0, 0)


def test_a_second_person_reviews_it_and_the_first_may_not(house: make.House) -> None:
    incident = act(house, published(house), house.people.omar).incident
    with pytest.raises(Refusal) as refused:
        review(incident_id=incident.pk, by=house.people.omar, at=make.now())
    assert refused.value.code == "own_containment"
    acknowledge(incident_id=incident.pk, by=house.people.olga, at=make.now())
    review(incident_id=incident.pk, by=house.people.olga, at=make.now())
    incident.refresh_from_db()
    assert (incident.acknowledged_by, incident.reviewed_by) == (house.people.olga.person, house.people.olga.person)


def test_of_what_is_half_written_nothing_more_is_begun(house: make.House) -> None:
    proposal = approved(
        house, *(house.change(each, after=19_000) for each in (house.jacket, house.jacket_2, house.base_layer))
    )
    shelf.SHELVES["shop"].answers = ["yes", "busy"]
    clock = clock_after_window()
    work(clock)
    assert states(proposal) == ["applied", "pending", "pending"]
    act(house, proposal, house.people.omar)
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal)) == ("published", ["applied", "not_applied", "not_applied"])
    assert [line.index for line in plan_of(house, proposal).lines] == [0]
