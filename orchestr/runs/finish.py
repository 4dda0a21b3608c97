"""Finishing a run: its agent says how it went."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import Sum

from audit.record import Actor, record
from orchestr.refusal import Kind, Refusal
from orchestr.runs import hints
from orchestr.runs.lease import begin
from orchestr.runs.locks import about, lock
from orchestr.runs.models import Run
from orchestr.runs.states import CHART, RunState

Outcome = Literal["done", "failed"]
LONGEST_SUMMARY = 4_000


def finish(*, run_id: UUID, agent_id: UUID, outcome: Outcome, summary: str, at: datetime) -> Run:
    """The run is over: `done` finishes it, `failed` says so. Locks the run.

    Refuses a run that is over already, and a summary that is too long.
    """
    run = lock(run_id, agent_id=agent_id)
    if len(summary) > LONGEST_SUMMARY or "\0" in summary:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "summary_too_long",
            f"A summary is a text of at most {LONGEST_SUMMARY:,} characters.",
            next="Shorten it.",
            about=about(run),
        )
    by = Actor.agent(agent_id)
    if outcome == "done":
        begin(run, by=by, at=at)
    verb, state = ("finish", RunState.FINISHED) if outcome == "done" else ("fail", RunState.FAILED)
    CHART.require(verb, run.state, state, about=about(run))
    run.state = state
    run.reason = "" if outcome == "done" else "agent_failed"
    run.summary = summary
    run.ended_at = at
    run.lease = run.lease_until = None
    run.save(update_fields=["state", "reason", "summary", "ended_at", "lease", "lease_until"])
    _record(run, outcome, by, at)
    hints.changed(run)
    return run


def _record(run: Run, outcome: Outcome, by: Actor, at: datetime) -> None:
    if outcome == "failed":
        record(action="run.failed", actor=by, at=at, about=about(run), data={"outcome": outcome})
        return
    spent = run.steps.aggregate(tokens=Sum("tokens", default=0), cost=Sum("cost", default=0))
    took = at - (run.started_at or at)
    record(
        action="run.finished",
        actor=by,
        at=at,
        about=about(run),
        data={"outcome": outcome, "steps": run.step_count, "ms": int(took.total_seconds() * 1000), **spent},
    )
