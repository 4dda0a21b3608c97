"""Querysets of runs, and the timeline a run's page shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import models
from django.db.models.fields.tuple_lookups import TupleLessThan

from orchestr.people.eligibility import segments_with
from orchestr.policy.values import Json
from orchestr.workflows.models import Workflow

if TYPE_CHECKING:
    from orchestr.people.models import Account
    from orchestr.runs.models import Run


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, account: "Account") -> "RunQuerySet":
        """Runs of workflows in segments the account may see, that touched nothing outside them."""
        held = list(segments_with(account, "view_segment"))
        through = Workflow.segments.through.objects
        there = through.filter(workflow_id=models.OuterRef("workflow_id"), segment_id__in=held)
        return self.filter(models.Exists(there), touched__contained_by=held)

    def newest(self, *, before: tuple[datetime, UUID] | None = None) -> "RunQuerySet":
        """Latest first; `before` is the (created_at, id) of the last row seen."""
        rows = self.order_by("-created_at", "-id")
        if before is None:
            return rows
        return rows.filter(TupleLessThan(("created_at", "id"), before))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing on a run's timeline. `kind` is event, step, evidence, child or end; words are the page's."""

    at: datetime
    kind: str
    id: UUID
    data: dict[str, Json]


def timeline(run: "Run") -> list[Moment]:
    """From the event to the end, in order (three queries): what proposals did is for the page to add."""
    moments = [
        Moment(
            at=run.event.received_at,
            kind="event",
            id=run.event_id,
            data={"type": run.event.type, "source": run.event.source, "id": run.event.given_id},
        )
    ]
    for step in run.steps.all():
        data = {
            name: getattr(step, name)
            for name in (
                "number",
                "kind",
                "status",
                "tokens",
                "cost",
                "ms",
                "tool_calls",
                "model",
                "prompt",
                "prompt_version",
                "note",
            )
        }
        moments.append(Moment(at=step.at, kind="step", id=step.pk, data=data))
    moments.extend(
        Moment(at=row.recorded_at, kind="evidence", id=row.pk, data=_evidence(row))
        for row in run.evidence.select_related("resource", "system")
    )
    moments.extend(
        Moment(at=child.created_at, kind="child", id=child.pk, data={"state": child.state})
        for child in run.children.all()
    )
    if run.ended_at is not None:
        moments.append(Moment(at=run.ended_at, kind="end", id=run.pk, data={"state": run.state, "reason": run.reason}))
    order = {"event": 0, "step": 1, "evidence": 1, "child": 1, "end": 2}
    return sorted(moments, key=lambda moment: (moment.at, order[moment.kind], moment.id))


def _evidence(row: Any) -> dict[str, Json]:
    return {
        "kind": row.kind,
        "type": row.resource.type if row.resource else None,
        "id": row.resource.key if row.resource else None,
        "field": row.field,
        "address": row.address,
        "source": row.source,
        "value": row.value,
        "sha256": row.sha256,
        "observed_at": row.observed_at,
        "expires_at": row.expires_at,
    }
