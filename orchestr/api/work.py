"""Pulling work: the next run that waits for this agent, what came in, and what was decided."""

from datetime import UTC

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from ninja import Router

from orchestr.api import answers, polls
from orchestr.api.door import Knock
from orchestr.api.problems import answering
from orchestr.api.shapes import When
from orchestr.policy.values import Json
from orchestr.proposals.models import Decision
from orchestr.runs.hints import agent_group
from orchestr.runs.lease import lease_next

router = Router(tags=["Work"])
MOST_FEEDBACK = 200


@router.post("/runs/next", summary="The next run waiting for me", response={200: dict, 204: None})
@answering
async def following(request: Knock, wait: int = 0) -> object:
    """200 with a leased run, or 204 when none came within `wait` seconds (up to 30)."""

    def lease() -> dict[str, Json] | None:
        with transaction.atomic(durable=True):
            run = lease_next(agent=request.auth.agent, at=timezone.now())
        if run is None:
            return None
        return {
            "run": answers.run(run) | answers.cause(run),
            "lease": str(run.lease),
            "lease_until": answers.moment(run.lease_until),
        }

    found = await polls.until(lease, about=agent_group(request.auth.agent_id), wait=min(wait, polls.LONGEST_S))
    return HttpResponse(status=204) if found is None else found


@router.get("/agents/me/feedback", summary="What people said of my proposals")
def feedback(request: Knock, since: When | None = None) -> dict[str, Json]:
    rows = Decision.objects.filter(proposal__agent_id=request.auth.agent_id, taken_back_at=None)
    if since is not None:
        rows = rows.filter(at__gt=since if since.tzinfo else since.replace(tzinfo=UTC))
    decided = list(rows.select_related("proposal", "version").order_by("at", "id")[:MOST_FEEDBACK])
    return {"items": [_feedback(row) for row in decided]}


def _feedback(row: Decision) -> dict[str, Json]:
    return {
        "proposal": str(row.proposal_id),
        "version": row.version.number,
        "state": row.proposal.state,
        "verdict": row.verdict,
        "reason_code": row.reason_code or None,
        "reason": row.reason,
        "constraints": row.constraints,
        "override": row.version.narrowing,
        "measured": None,
        "at": answers.moment(row.at),
    }
