"""The ticks of the people's side."""

from celery import shared_task
from django.utils import timezone

from reviews.delivery import deliver
from reviews.paging.deliver import deliver_calls
from reviews.webhooks.deliver import deliver_webhooks as deliver_to_webhooks


@shared_task(name="reviews.deliver_notices")
def deliver_notices() -> None:
    """Deliver the notices that are due."""
    deliver(at=timezone.now())


@shared_task(name="reviews.deliver_pages")
def deliver_pages() -> None:
    """Send the calls that are due to people on call."""
    deliver_calls(at=timezone.now())


@shared_task(name="reviews.deliver_webhooks")
def deliver_webhooks() -> None:
    """Tell webhooks what is due to them."""
    deliver_to_webhooks(at=timezone.now())
