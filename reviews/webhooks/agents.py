"""What an agent is told by push: what it would read of its proposal or run if it asked. Never a value of the catalogue."""

from collections import Counter
from uuid import UUID

from django.conf import settings

from orchestr.execution.models import Execution
from orchestr.policy.values import Json
from orchestr.proposals.models import Decision, Proposal
from orchestr.runs.models import Run


def of_proposal(proposal_id: UUID) -> dict[str, Json]:
    """Its state, what people said of its current version with their reasons, and how its execution stands.

    As it is now: `revision` is what `GET /proposals/{id}?after=` takes.
    """
    row = Proposal.objects.get(pk=proposal_id)
    decisions = row.decisions.filter(version__number=row.number, taken_back_at=None).order_by("at", "id")
    executions = row.executions.prefetch_related("items").order_by("queued_at", "id")
    return {
        "proposal": str(row.pk),
        "run": None if row.run_id is None else str(row.run_id),
        "version": row.number,
        "revision": row.revision,
        "state": row.state,
        "blocked_reason": row.blocked_reason or None,
        "turn": row.turn,
        "decisions": [_decision(each) for each in decisions],
        "executions": [_execution(each) for each in executions],
        "url": f"{settings.PUBLIC_URL}/api/v1/proposals/{row.pk}",
    }


def of_run(run_id: UUID) -> dict[str, Json]:
    """A run that waits; `POST /runs/next` leases it."""
    row = Run.objects.select_related("workflow", "event").get(pk=run_id)
    return {
        "run": str(row.pk),
        "state": row.state,
        "workflow": row.workflow.key,
        "event": {"id": row.event.given_id, "type": row.event.type, "source": row.event.source},
        "url": f"{settings.PUBLIC_URL}/api/v1/runs/next",
    }


def _decision(row: Decision) -> dict[str, Json]:
    return {
        "verdict": row.verdict,
        "reason_code": row.reason_code or None,
        "reason": row.reason,
        "constraints": row.constraints,
        "standing": "voided" if row.voided_at else "standing",
        "at": row.at.isoformat(),
    }


def _execution(row: Execution) -> dict[str, Json]:
    outcomes = Counter(item.state for item in row.items.all())
    return {"id": str(row.pk), "kind": row.kind, "state": row.state, "outcomes": dict(outcomes)}
