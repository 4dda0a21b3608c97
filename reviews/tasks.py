"""The tick of the people's side."""

from celery import shared_task
from django.utils import timezone

from reviews.delivery import deliver


@shared_task(name="reviews.deliver_notices")
def deliver_notices() -> None:
    """Deliver the notices that are due."""
    deliver(at=timezone.now())
