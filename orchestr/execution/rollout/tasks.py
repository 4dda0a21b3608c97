"""The tick of rollouts: holds that are due are looked at, with the credentials for reading."""

from celery import shared_task
from django.utils import timezone

from orchestr.execution.rollout.look import look


@shared_task(name="orchestr.rollout.look", ignore_result=True)
def look_task() -> None:
    """Look at what is due."""
    look(clock=timezone.now)
