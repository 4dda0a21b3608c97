"""The ticks of the rota and of paging."""

from celery import shared_task
from django.utils import timezone

from orchestr.people.paging.call import call_due
from orchestr.people.rota.feeds import read_due


@shared_task(name="orchestr.people.call_due")
def call_due_task() -> None:
    """Call the next person where nobody has answered."""
    call_due(at=timezone.now())


@shared_task(name="orchestr.people.read_rota")
def read_rota_task() -> None:
    """Read the calendars of shifts that are due."""
    read_due(at=timezone.now())
