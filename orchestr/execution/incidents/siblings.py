"""What else a contained workflow has queued: its open runs, and proposals of which nothing is written yet."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from audit.record import Actor, record
from orchestr.execution.incidents.incident import about_of
from orchestr.execution.models import Incident
from orchestr.people.eligibility import segment_sets_with
from orchestr.people.models import Account
from orchestr.proposals.close import close
from orchestr.proposals.locks import has_intent, lock
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import BlockedReason, ProposalState
from orchestr.runs.models import Run
from orchestr.runs.states import OPEN
from orchestr.runs.stop import stop
from orchestr.workflows.models import Workflow

# One act ends so many of each; whatever is beyond is held by the freeze and can be contained after it.
MOST = 200

WAITING = (ProposalState.DRAFT, ProposalState.APPROVED)


@dataclass(frozen=True, slots=True)
class Siblings:
    """What would be cancelled, or was; `left` proposals stay, held by the freeze."""

    runs: Sequence[UUID]
    proposals: Sequence[UUID]
    left: int

    def __bool__(self) -> bool:
        return bool(self.runs or self.proposals or self.left)


NONE = Siblings((), (), 0)


def siblings_of(workflow: Workflow, *, without: Collection[UUID], by: Account) -> Siblings:
    """What this person's containment of the workflow would cancel now (three queries). Locks nothing.

    Proposals on segments where the person may not put back stay, and so does what is half written.
    """
    runs = Run.objects.filter(workflow=workflow, drill=None, state__in=OPEN).order_by("id")[:MOST]
    rows = _waiting(workflow, without)
    mine = rows.filter(segment_set__in=segment_sets_with(by, "revert_segment"))
    found = list(mine.order_by("id").values_list("pk", flat=True)[:MOST])
    return Siblings(list(runs.values_list("pk", flat=True)), found, rows.count() - len(found))


def cancel(
    incident: Incident, workflow: Workflow, *, without: Collection[UUID], by: Account, actor: Actor, at: datetime
) -> Siblings:
    """End the workflow's open runs and block its proposals that wait. Locks runs, then proposals, by key.

    What was settled, or begun to be written, between the look and the lock stays as it is.
    """
    found = siblings_of(workflow, without=without, by=by)
    ended = [id for id in sorted(found.runs, key=str) if _stop(id, actor, at)]
    blocked = [id for id in sorted(found.proposals, key=str) if _block(id, actor, at)]
    done = Siblings(ended, blocked, found.left + len(found.proposals) - len(blocked))
    if done:
        record(
            action="incident.cancelled_siblings",
            actor=actor,
            at=at,
            about=about_of(incident),
            data={
                "runs": [str(id) for id in ended],
                "proposals": [str(id) for id in blocked],
                "left": done.left,
            },
        )
    return done


def _waiting(workflow: Workflow, without: Collection[UUID]) -> QuerySet[Proposal]:
    rows = Proposal.objects.filter(workflow=workflow, drill=None, state__in=[str(state) for state in WAITING])
    return rows.exclude(pk__in=list(without))


def _stop(run_id: UUID, by: Actor, at: datetime) -> bool:
    run = Run.objects.select_for_update().filter(pk=run_id, state__in=OPEN).first()
    if run is None:
        return False
    stop(run_id=run.pk, reason="contained", by=by, at=at)
    return True


def _block(proposal_id: UUID, by: Actor, at: datetime) -> bool:
    proposal = lock(proposal_id)
    if proposal.state not in WAITING or has_intent(proposal):
        return False
    close(proposal_id=proposal_id, reason=BlockedReason.CONTAINED, by=by, at=at)
    return True
