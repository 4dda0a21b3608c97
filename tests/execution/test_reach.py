"""What an agent may do is narrowed at once: also for what waits, and for what people approved and nobody has begun."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import shelf
from django.db import transaction

from audit.models import AuditEvent
from orchestr.agents.models import Scope
from orchestr.agents.retire import retire_agent
from orchestr.execution.models import Execution
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Decision, Proposal
from orchestr.proposals.recheck import plainly_fine
from orchestr.refusal import Refusal
from orchestr.workflows.models import Workflow
from tests import make
from tests.execution.approved import WINDOW, approved, clock_after_window, states, work, work_until_settled
from tests.proposals.propose import propose, single

type Act = Callable[[make.House], object]


def revoke(house: make.House) -> None:
    Scope.objects.filter(agent=house.agent).update(revoked_at=make.now())


def retire(house: make.House) -> None:
    with transaction.atomic():
        retire_agent(agent_id=house.agent.pk, by=house.people.ada, at=make.now())


def expire(house: make.House) -> None:
    Scope.objects.filter(agent=house.agent).update(expires_at=make.now() - timedelta(seconds=1))


def narrow_scope(house: make.House) -> None:
    for scope in Scope.objects.filter(agent=house.agent):
        scope.segments.set([house.outdoor])


def narrow_channels(house: make.House) -> None:
    Scope.objects.filter(agent=house.agent).update(channels=["nowhere"])


def narrow_workflow(house: make.House) -> None:
    house.workflow.segments.set([house.outdoor])


def narrow_workflow_channels(house: make.House) -> None:
    Workflow.objects.filter(pk=house.workflow.pk).update(channels=["nowhere"])


LOST: list[tuple[Act, str]] = [
    (revoke, "scope_lost"),
    (retire, "scope_lost"),
    (expire, "scope_lost"),
    (narrow_scope, "scope_lost"),
    (narrow_channels, "scope_lost"),
    (narrow_workflow, "outside_workflow"),
    (narrow_workflow_channels, "outside_workflow"),
]
each_loss = pytest.mark.parametrize(("lose", "reason"), LOST)


def yes(house: make.House, proposal: Proposal) -> None:
    with transaction.atomic():
        approve(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=make.now())


@each_loss
def test_what_was_approved_goes_back_before_its_first_write(house: make.House, lose: Act, reason: str) -> None:
    proposal = approved(house)
    lose(house)
    with transaction.atomic():
        assert plainly_fine(proposals=[Proposal.objects.select_related("workflow").get()], at=make.now()) == {}
    work(clock_after_window())
    proposal.refresh_from_db()
    execution = Execution.objects.get()
    assert (proposal.state, execution.state, execution.reason) == ("draft", "stopped", reason)
    assert Decision.objects.get().void_reason == reason
    assert shelf.SHELVES["shop"].written == []


@each_loss
def test_a_yes_to_what_waits_is_refused(house: make.House, lose: Act, reason: str) -> None:
    proposal = single(house)
    lose(house)
    before = AuditEvent.objects.count()
    with pytest.raises(Refusal) as caught:
        yes(house, proposal)
    assert (caught.value.status, caught.value.code) == (409, reason)
    assert (Decision.objects.count(), AuditEvent.objects.count()) == (0, before)


def test_given_back_it_is_approved_as_before(house: make.House) -> None:
    proposal = single(house)
    revoke(house)
    with pytest.raises(Refusal):
        yes(house, proposal)
    Scope.objects.update(revoked_at=None)
    yes(house, proposal)
    proposal.refresh_from_db()
    assert proposal.state == "approved"


def test_what_has_begun_is_finished(house: make.House) -> None:
    proposal = approved(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))

    class Written(list[Any]):
        def append(self, each: Any) -> None:
            super().append(each)
            revoke(house)

    shelf.SHELVES["shop"].written = Written()
    work_until_settled(proposal, clock_after_window())
    assert not Scope.objects.filter(agent=house.agent, revoked_at=None).exists()
    assert states(proposal) == ["applied", "applied"]


def test_a_person_needs_no_scope(house: make.House) -> None:
    proposal = propose(house, house.change(after=19_000), by=house.people.fay)
    revoke(house)
    yes(house, proposal)
    clock = clock_after_window()
    clock.pass_by(WINDOW.total_seconds())
    work(clock)
    proposal.refresh_from_db()
    assert proposal.state == "published"
