"""A person has seen that a value is no longer ours."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from audit.record import Actor, record
from orchestr.execution.drift.models import Drift
from orchestr.execution.revert import may_revert
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from orchestr.proposals.settle import touch
from orchestr.refusal import Kind, Refusal, absent


def acknowledge(*, proposal_id: UUID, by: Account, at: datetime) -> int:
    """Say that every drift of a proposal has been seen; returns how many that were. Locks them.

    It changes no value. Refuses (absent) whoever may not see the proposal, and who may not put it back.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    proposal = Proposal.objects.visible_to(by).select_related("segment_set").filter(pk=proposal_id).first()
    if proposal is None or by.person_id is None:
        raise absent("proposal")
    if not may_revert(proposal, by):
        raise Refusal(
            Kind.FORBIDDEN,
            "may_not_revert_here",
            "Only who could put it back may say that it has been seen.",
            next="Ask somebody on call.",
            about={"proposal": str(proposal.pk)},
        )
    touch(proposal_id=proposal.pk)
    unseen = Drift.objects.select_for_update().filter(proposal=proposal, gone_at=None, acknowledged_at=None)
    ids = list(unseen.order_by("id").values_list("pk", flat=True))
    if ids:
        Drift.objects.filter(pk__in=ids).update(acknowledged_by_id=by.person_id, acknowledged_at=at)
        record(
            action="drift.acknowledged",
            actor=Actor.person(account_id=by.pk, person_id=by.person_id),
            at=at,
            about={"proposal": proposal.pk},
            data={"count": len(ids)},
            segments=proposal.segment_ids,
        )
    return len(ids)
