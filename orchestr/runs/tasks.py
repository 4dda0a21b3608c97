"""The tick of the runs: a lease that ended without a sign of work goes back, a run gone silent, out of time or whose agent was retired is stopped."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit.record import Actor
from orchestr.refusal import Refusal
from orchestr.runs.budgets import TIME
from orchestr.runs.lease import expired, return_lease
from orchestr.runs.stop import of_retired, out_of_time, silent, stop

BATCH = 200


@shared_task(name="orchestr.runs.sweep")
def sweep() -> None:
    """Return and stop what is due, each in its own transaction."""
    at, by = timezone.now(), Actor.worker("sweep")
    for run_id in expired(at=at)[:BATCH]:
        with transaction.atomic(durable=True):
            return_lease(run_id=run_id, by=by, at=at)
    late = [(run_id, "agent_retired") for run_id in of_retired()]
    late += [(run_id, f"budget_{TIME}") for run_id in out_of_time(at=at)]
    late += [(run_id, "silent") for run_id in silent(at=at, longest=timedelta(seconds=settings.RUN_SILENT_S))]
    for run_id, reason in late[:BATCH]:
        with transaction.atomic(durable=True):
            try:
                stop(run_id=run_id, reason=reason, by=by, at=at)
            except Refusal:
                continue  # it has ended since the list was read
