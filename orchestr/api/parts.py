"""Change sets that are too large for one body: their parts are kept until the last body proposes all of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from ninja import Router

from orchestr.agents.models import AgentToken
from orchestr.api.door import Knock, write
from orchestr.api.models import BodyPart
from orchestr.api.shapes import MOST_IN_BODY, MOST_PARTS, ChangesIn
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal, absent
from orchestr.runs.locks import lock as lock_run

router = Router(tags=["Proposals"])
KEPT = timedelta(hours=24)


@router.post("/runs/{run_id}/changes", summary="Send a part of a large change set", response={201: dict})
@write(201)
def gather(request: Knock, run_id: UUID, body: ChangesIn) -> dict[str, Json]:
    """Keep up to 1,000 changes for 24 hours, for a proposal of this run that names them in `parts`.

    Nothing of it is looked at before it is proposed, and nobody else sees it. At most 20 parts are kept.
    """
    at = timezone.now()
    refuse_too_many(body.changes)
    run = lock_run(run_id, agent_id=request.auth.agent_id)
    mine = BodyPart.objects.filter(agent_id=request.auth.agent_id)
    mine.filter(at__lt=at - KEPT).delete()
    if mine.count() >= MOST_PARTS:
        raise Refusal(
            Kind.CONFLICT,
            "too_many_parts",
            f"At most {MOST_PARTS} parts are kept at a time.",
            next="Propose those you have sent; a part that is proposed, or a day old, is no longer kept.",
        )
    part = BodyPart.objects.create(
        run=run, agent_id=request.auth.agent_id, changes=[each.model_dump() for each in body.changes],
        evidence=body.evidence, at=at,
    )  # fmt: skip
    return {"id": str(part.pk), "changes": len(body.changes), "until": (at + KEPT).isoformat().replace("+00:00", "Z")}


def refuse_too_many(changes: Sequence[object]) -> None:
    """Refuse more changes than one body may hold."""
    if len(changes) > MOST_IN_BODY:
        raise Refusal(
            Kind.TOO_LARGE,
            "too_many_changes",
            f"A body holds at most {MOST_IN_BODY:,} changes.",
            next="Send the others before it with POST /runs/{id}/changes, and name them in `parts`.",
            params={"changes": len(changes)},
        )


def named(ids: Sequence[UUID], *, token: AgentToken, at: datetime) -> tuple[list[dict[str, Any]], list[UUID]]:
    """The changes and the evidence of these parts, in this order. One that is not the agent's is absent."""
    if not ids:
        return [], []
    rows = BodyPart.objects.filter(agent_id=token.agent_id, at__gt=at - KEPT).in_bulk(list(ids))
    if len(rows) < len(ids):
        raise absent("part")
    parts = [rows[id] for id in ids]
    return [each for part in parts for each in part.changes], [id for part in parts for id in part.evidence]


def used(ids: Sequence[UUID], *, token: AgentToken) -> None:
    """They stand on record in a version now."""
    if ids:
        BodyPart.objects.filter(agent_id=token.agent_id, pk__in=list(ids)).delete()
