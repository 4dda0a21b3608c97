"""What the house needs now and then, whatever happens in it."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from audit.partitions import extend


@shared_task(name="orchestr.upkeep.extend_audit")
def extend_audit() -> None:
    """Keep the audit log's months made ahead: an event always finds its own."""
    with transaction.atomic(durable=True):
        extend(at=timezone.now())
