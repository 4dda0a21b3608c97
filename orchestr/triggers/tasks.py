"""The tick of the triggers: schedules and campaigns that are due, and what the catalogue has become since the last look."""

from celery import shared_task
from django.utils import timezone

from orchestr.triggers.briefs.fire import end_over, fire_briefs
from orchestr.triggers.changes import look_all
from orchestr.triggers.schedules import fire_due


@shared_task(name="orchestr.triggers.tick")
def tick() -> None:
    """Two ticks at once share the work: each row is one's at a time."""
    fire_due(at=timezone.now())
    fire_briefs(at=timezone.now())
    end_over(at=timezone.now())
    look_all(at=timezone.now())
