"""What the house needs now and then, whatever happens in it."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from audit.partitions import extend
from audit.rows.table import extend_rows


@shared_task(name="orchestr.upkeep.extend_audit")
def extend_audit() -> None:
    """Keep the months of the audit log and of the row history made ahead: an event always finds its own."""
    with transaction.atomic(durable=True):
        at = timezone.now()
        extend(at=at)
        extend_rows(at=at)
