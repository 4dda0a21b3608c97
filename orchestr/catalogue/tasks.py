"""The catalogue worker's tick: a hint to look which systems are due."""

from celery import shared_task
from django.utils import timezone

from orchestr import pulse
from orchestr.catalogue import refresh
from orchestr.catalogue.rules.evaluate import evaluate_all

PULSE = "catalogue"


@shared_task(name="orchestr.catalogue.refresh_due", ignore_result=True)
def refresh_due() -> None:
    """Read every due system that no other worker is reading, and leave a sign of life."""
    pulse.beat(name=PULSE, at=timezone.now())
    for system in refresh.due(at=timezone.now()):
        if refresh.claim(system, at=timezone.now()):
            refresh.refresh(system)
            pulse.beat(name=PULSE, at=timezone.now())


@shared_task(name="orchestr.catalogue.evaluate_rules", ignore_result=True)
def evaluate_rules() -> None:
    """Bring what each rule holds in step with what systems say."""
    evaluate_all(at=timezone.now())
