"""The tick of measuring: a hint to look which measurements are due."""

from celery import shared_task
from django.utils import timezone

from orchestr.outcomes.measuring.take import measure


@shared_task(name="orchestr.measuring.measure", ignore_result=True)
def measure_due() -> None:
    """Two ticks at once share the work: each look is one's at a time."""
    while measure(clock=timezone.now):
        continue
