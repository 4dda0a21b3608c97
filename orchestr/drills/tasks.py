"""The tick of the drills: what runs is played, scored and, when its time is up, ended."""

from celery import shared_task
from django.utils import timezone

from orchestr.drills.play import play, running


@shared_task(name="orchestr.drills.tick")
def tick() -> None:
    """Two ticks at once share the work: each act is played once."""
    for drill_id in running():
        play(drill_id, clock=timezone.now)
