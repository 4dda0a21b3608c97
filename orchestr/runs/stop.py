"""Stopping a run from outside: a budget, a person, containment."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import models
from django.db.models import ExpressionWrapper, F, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Extract

from audit.record import Actor, record
from orchestr.runs import hints
from orchestr.runs.budgets import TIME, Overspent
from orchestr.runs.locks import about, lock
from orchestr.runs.models import Run
from orchestr.runs.states import CHART, OPEN, RunState


def stop(*, run_id: UUID, reason: str, by: Actor, at: datetime) -> Run:
    """End a run that is not over, with a code for why. Locks the run.

    Refuses one that is over. What it proposed stays as it is: people decide on that.
    """
    run = lock(run_id)
    stop_locked(run, reason=reason, by=by, at=at)
    return run


def overspent(refused: Overspent, *, at: datetime) -> None:
    """Stop the run that was refused for its own budget; one that is over by now stays as it ended. Locks the run."""
    run = lock(refused.run_id)
    if run.state in OPEN:
        stop_locked(run, reason=refused.reason, by=Actor.system(), at=at)


def out_of_time(*, at: datetime) -> list[UUID]:
    """Runs that have lasted longer than they may."""
    running = Run.objects.filter(state=RunState.RUNNING, budget__has_key=TIME)
    # In seconds: the longest limit there may be is no interval that PostgreSQL knows.
    limit = Cast(KeyTextTransform("limit", KeyTransform(TIME, "budget")), models.FloatField())
    lasted = Extract(ExpressionWrapper(Value(at) - F("started_at"), output_field=models.DurationField()), "epoch")
    rows = running.annotate(lasted=Cast(lasted, models.FloatField()), may=limit)
    return list(rows.filter(lasted__gt=F("may")).order_by("id").values_list("pk", flat=True))


def silent(*, at: datetime, longest: timedelta) -> list[UUID]:
    """Runs that have shown no sign of life (a step, evidence, a proposal) for longer than this."""
    since = at - longest
    rows = Run.objects.filter(state=RunState.RUNNING, started_at__lt=since)
    rows = rows.exclude(steps__at__gte=since).exclude(evidence__recorded_at__gte=since)
    return list(rows.exclude(proposals__submitted_at__gte=since).order_by("id").values_list("pk", flat=True))


def of_retired() -> list[UUID]:
    """Runs of agents that were retired since: nobody is left to take them up or to go on with them."""
    rows = Run.objects.filter(state__in=OPEN, agent__retired_at__isnull=False)
    return list(rows.order_by("id").values_list("pk", flat=True))


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
