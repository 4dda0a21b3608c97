"""The tick of the drift scan, on the catalogue worker: it holds the credential for reading, and no other."""

from celery import shared_task
from django.utils import timezone

from orchestr.execution.drift.scan import scan


@shared_task(name="orchestr.drift.scan", ignore_result=True)
def scan_task() -> None:
    """Look through one batch of each system and round."""
    scan(clock=timezone.now)
