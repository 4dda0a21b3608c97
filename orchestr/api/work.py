"""Pulling work: the next run that waits for this agent, what came in, what was decided and what came of it."""

from datetime import UTC

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from ninja import Router

from orchestr.api import answers, polls
from orchestr.api.door import Knock
from orchestr.api.feedback import feedback_of
from orchestr.api.problems import answering
from orchestr.api.shapes import When
from orchestr.policy.values import Json
from orchestr.runs.hints import agent_group
from orchestr.runs.lease import lease_next

router = Router(tags=["Work"])


@router.post("/runs/next", summary="The next run waiting for me", response={200: dict, 204: None})
@answering
async def following(request: Knock, wait: int = 0) -> object:
    """200 with a leased run, or 204 when none came within `wait` seconds (up to 30)."""

    def lease() -> dict[str, Json] | None:
        with transaction.atomic(durable=True):
            run = lease_next(agent=request.auth.agent, sandbox_only=request.auth.sandbox_only, at=timezone.now())
        if run is None:
            return None
        return {
            "run": answers.run(run) | answers.cause(run),
            "lease": str(run.lease),
            "lease_until": answers.moment(run.lease_until),
        }

    found = await polls.until(
        lease, about=agent_group(request.auth.agent_id), wait=min(wait, polls.LONGEST_S), token=request.auth
    )
    return HttpResponse(status=204) if found is None else found


@router.get("/agents/me/feedback", summary="What was decided on my proposals, and what came of them")
def feedback(request: Knock, since: When | None = None) -> dict[str, Json]:
    """Oldest news first; ask again with the last `news_at` as `since`."""
    after = since if since is None or since.tzinfo else since.replace(tzinfo=UTC)
    return {"items": feedback_of(request.auth.agent, since=after, at=timezone.now())}
