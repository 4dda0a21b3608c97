"""Nobody answers: it escalates, then expires. It never approves itself."""

from datetime import timedelta

import pytest
from django.db import transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.people.models import Notice
from orchestr.proposals.close import close
from orchestr.proposals.escalate import escalate
from orchestr.proposals.models import Exposure, Proposal
from orchestr.proposals.states import BlockedReason
from orchestr.refusal import Refusal
from tests import make
from tests.proposals.propose import propose, single


def test_past_its_deadline_the_escalation_owner_is_told_once(house: make.House) -> None:
    proposal = single(house)
    for _ in range(2):
        with transaction.atomic():
            escalate(proposal_id=proposal.pk, at=make.now())
    notice = Notice.objects.get()
    assert (notice.person_id, notice.kind, notice.urgent) == (
        house.workflow.escalation_owner_id,
        "proposal.escalated",
        True,
    )
    assert AuditEvent.objects.filter(action="proposal.escalated").count() == 1


def test_what_is_due_and_overdue_is_found_by_the_sweep(house: make.House) -> None:
    proposal = single(house)
    assert proposal.due_at is not None
    assert list(Proposal.objects.overdue(proposal.due_at)) == [proposal]
    assert list(Proposal.objects.due(proposal.expires_at)) == [proposal]
    assert not Proposal.objects.due(proposal.expires_at - timedelta(seconds=1)).exists()


def test_what_expires_is_blocked_and_gives_back_what_it_held(house: make.House) -> None:
    proposal = single(house)
    with transaction.atomic():
        close(proposal_id=proposal.pk, reason=BlockedReason.EXPIRED, by=Actor.worker("sweep"), at=make.now())
    proposal.refresh_from_db()
    assert (proposal.state, proposal.blocked_reason) == ("blocked", "expired")
    assert set(Exposure.objects.values_list("state", flat=True)) == {"released"}


def test_what_is_over_cannot_expire(house: make.House) -> None:
    proposal = propose(house, house.change(after=7_000))
    with pytest.raises(Refusal), transaction.atomic():
        close(proposal_id=proposal.pk, reason=BlockedReason.EXPIRED, by=Actor.worker("sweep"), at=make.now())
