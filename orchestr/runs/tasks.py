"""The tick of the runs: a lease that ended without a sign of work goes back, a run gone silent is stopped."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit.record import Actor
from orchestr.refusal import Refusal
from orchestr.runs.lease import expired, return_lease
from orchestr.runs.stop import silent, stop

BATCH = 200


@shared_task(name="orchestr.runs.sweep")
def sweep() -> None:
    """Return and stop what is due, each in its own transaction."""
    at, by = timezone.now(), Actor.worker("sweep")
    for run_id in expired(at=at)[:BATCH]:
        with transaction.atomic(durable=True):
            return_lease(run_id=run_id, by=by, at=at)
    for run_id in silent(at=at, longest=timedelta(seconds=settings.RUN_SILENT_S))[:BATCH]:
        with transaction.atomic(durable=True):
            try:
                stop(run_id=run_id, reason="silent", by=by, at=at)
            except Refusal:
                continue  # its agent has ended it since the list was read
