"""The catalogue worker's tick: a hint to look which systems are due."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone

from orchestr import pulse
from orchestr.catalogue import refresh
from orchestr.catalogue.rules import members

log = logging.getLogger(__name__)

PULSE = "catalogue"
FOR = timedelta(seconds=8)


@shared_task(name="orchestr.catalogue.evaluate_rules", ignore_result=True)
def evaluate_rules() -> None:
    """Work out what segments by rule hold, the longest waiting first, for a few seconds; the next tick goes on."""
    until = timezone.now() + FOR
    for segment_id in members.due(at=timezone.now()):
        try:
            members.evaluate(segment_id, at=timezone.now())
        except DatabaseError:  # too much for one statement, say: the others are not to wait for it
            log.exception("The rule %s could not be worked out; it gives no right until it is.", segment_id)
        if timezone.now() > until:
            return


@shared_task(name="orchestr.catalogue.refresh_due", ignore_result=True)
def refresh_due() -> None:
    """Read every due system that no other worker is reading, and leave a sign of life."""
    pulse.beat(name=PULSE, at=timezone.now())
    for system in refresh.due(at=timezone.now()):
        if refresh.claim(system, at=timezone.now()):
            refresh.refresh(system)
            pulse.beat(name=PULSE, at=timezone.now())
