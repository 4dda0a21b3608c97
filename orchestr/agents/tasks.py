"""The tick of the tools: another release of a connector may declare them otherwise."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from orchestr.agents import tools


@shared_task(name="orchestr.agents.register_tools")
def register_tools() -> None:
    """Bring the tools in step with what connectors declare in this process."""
    with transaction.atomic(durable=True):
        tools.register_tools(at=timezone.now())
