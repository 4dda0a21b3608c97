"""The doors of the publish worker: two tasks without arguments. They read the clock."""

import os

from celery import shared_task
from django.utils import timezone

from audit.record import Actor
from orchestr import pulse
from orchestr.execution.drain import drain
from orchestr.execution.sweep import sweep
from orchestr.execution.worker import Worker
from orchestr.live import wake

DRAIN = "orchestr.execution.drain"


@shared_task(name=DRAIN, ignore_result=True)
def drain_task() -> None:
    """Work on whatever is due; hint again where time was up first."""
    if drain(Worker(name=f"publish-{os.getpid()}", clock=timezone.now)):
        wake(DRAIN, queue="publish")


@shared_task(name="orchestr.execution.sweep", ignore_result=True)
def sweep_task() -> None:
    """Find what no hint came for. Runs on the publish queue, so it is that worker's sign of life too."""
    at = timezone.now()
    sweep(at=at, by=Actor.worker("sweeper"))
    pulse.beat(name="sweeper", at=at)
    pulse.beat(name="publish", at=at)
