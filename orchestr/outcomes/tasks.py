"""The tick of outcomes: simulations that wait are run."""

from celery import shared_task
from django.utils import timezone

from orchestr.outcomes.simulations import claim, perform


@shared_task(name="orchestr.outcomes.simulate")
def simulate() -> None:
    """Run what waits, one after another."""
    while (row := claim(at=timezone.now())) is not None:
        perform(row)
