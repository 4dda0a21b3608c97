"""Stopping a run from outside: a budget, a person, containment."""

from datetime import datetime, timedelta
from uuid import UUID

from audit.record import Actor, record
from orchestr.runs import hints
from orchestr.runs.locks import about, lock
from orchestr.runs.models import Run
from orchestr.runs.states import CHART, RunState


def stop(*, run_id: UUID, reason: str, by: Actor, at: datetime) -> Run:
    """End a run that is not over, with a code for why. Locks the run.

    Refuses one that is over. What it proposed stays as it is: people decide on that.
    """
    run = lock(run_id)
    stop_locked(run, reason=reason, by=by, at=at)
    return run


def silent(*, at: datetime, longest: timedelta) -> list[UUID]:
    """Runs that have shown no sign of life (a step, evidence, a proposal) for longer than this."""
    since = at - longest
    rows = Run.objects.filter(state=RunState.RUNNING, started_at__lt=since)
    rows = rows.exclude(steps__at__gte=since).exclude(evidence__recorded_at__gte=since)
    return list(rows.exclude(proposals__submitted_at__gte=since).order_by("id").values_list("pk", flat=True))


def stop_locked(run: Run, *, reason: str, by: Actor, at: datetime) -> None:
    """The same on a row that this transaction has locked."""
    CHART.require("stop", run.state, RunState.STOPPED, about=about(run))
    run.state = RunState.STOPPED
    run.reason = reason
    run.ended_at = at
    run.lease = run.lease_until = None
    run.save(update_fields=["state", "reason", "ended_at", "lease", "lease_until"])
    record(action="run.stopped", actor=by, at=at, about=about(run), data={"outcome": "stopped", "reason": reason})
    hints.changed(run)
