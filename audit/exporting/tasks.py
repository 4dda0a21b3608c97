"""The ticks of exports: what waits is made, what was kept long enough is deleted."""

from celery import shared_task
from django.utils import timezone

from audit.exporting.keeping import delete_due
from audit.exporting.making import perform
from audit.exporting.taking import claim


@shared_task(name="audit.exporting.make")
def make() -> None:
    """Make what waits, one after another."""
    while (export := claim(at=timezone.now())) is not None:
        perform(export)


@shared_task(name="audit.exporting.delete")
def delete() -> None:
    """Delete what is due."""
    delete_due(at=timezone.now())
