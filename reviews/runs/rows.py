"""A row of the list of runs: what started it, how it ended, what came of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse

from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from orchestr.runs.models import Run
from orchestr.triggers.cause import collapsed
from reviews.runs.endings import ending_words


@dataclass(frozen=True, slots=True)
class Made:
    """One proposal of a run, by its state."""

    url: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    id: UUID
    url: str
    workflow: str
    version: int
    agent: str
    event: str
    collapsed: int
    state: str
    reason: str
    at: datetime
    lasted: int | None
    steps: int
    made: Sequence[Made]


def rows_of(account: Account, runs: Sequence[Run]) -> list[Row]:
    """These runs with the proposals the account may see (three queries, whatever their number)."""
    made: dict[UUID | None, list[Made]] = defaultdict(list)
    proposals = Proposal.objects.visible_to(account).filter(run__in=[run.pk for run in runs])
    for id, run_id, state in proposals.order_by("submitted_at").values_list("id", "run_id", "state"):
        made[run_id].append(Made(reverse("reviews:proposal", args=[id]), state))
    alike = collapsed([run.pk for run in runs])
    return [_row(run, alike.get(run.pk, 0), made[run.pk]) for run in runs]


def _row(run: Run, alike: int, made: Sequence[Made]) -> Row:
    ended = run.ended_at - run.started_at if run.ended_at and run.started_at else None
    return Row(
        id=run.pk,
        url=reverse("reviews:run", args=[run.pk]),
        workflow=run.workflow.name,
        version=run.workflow_version,
        agent=run.agent.name,
        event=run.event.type,
        collapsed=alike,
        state=run.state,
        reason=ending_words(run.reason),
        at=run.created_at,
        lasted=ended // timedelta(seconds=1) if ended is not None else None,
        steps=run.step_count,
        made=made,
    )
