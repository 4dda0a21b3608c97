"""The tick of the runs: a lease that ended without a sign of work goes back to the queue."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from audit.record import Actor
from orchestr.runs.lease import expired, return_lease

BATCH = 200


@shared_task(name="orchestr.runs.sweep")
def sweep() -> None:
    """Return what is due, each in its own transaction."""
    at = timezone.now()
    for run_id in expired(at=at)[:BATCH]:
        with transaction.atomic(durable=True):
            return_lease(run_id=run_id, by=Actor.worker("sweep"), at=at)
