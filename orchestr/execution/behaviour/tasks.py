"""The ticks of containment: breakers count, overdue reviews are called about."""

from celery import shared_task
from django.utils import timezone

from orchestr.execution.behaviour.watch import watch
from orchestr.execution.incidents.holds import release_due
from orchestr.execution.incidents.incident import escalate_overdue


@shared_task(name="orchestr.behaviour.watch")
def watch_task() -> None:
    """Count, and freeze what does too much of the wrong thing."""
    watch(at=timezone.now())


@shared_task(name="orchestr.behaviour.overdue")
def overdue_task() -> None:
    """Call people about containments that nobody has reviewed in time, and let go of evidence whose date has come."""
    escalate_overdue(at=timezone.now())
    release_due(at=timezone.now())
