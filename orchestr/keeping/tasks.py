"""Once a day: what has been kept long enough is emptied."""

from celery import shared_task
from django.utils import timezone

from orchestr.keeping.retention import empty_due


@shared_task(name="orchestr.keeping.empty")
def empty() -> None:
    """Empty what is due; without a period nothing ever is."""
    empty_due(at=timezone.now())
