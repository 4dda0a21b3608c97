"""Are the rows still what their events tell, and was each changed with an event?"""

import logging
from collections.abc import Sequence
from datetime import datetime

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from audit.walls import Fault
from orchestr.discrepancies.models import Acknowledgement
from orchestr.people.functions import Function
from orchestr.people.models import Person
from orchestr.people.notify import notify
from orchestr.reconciling.differences import compare_all
from orchestr.reconciling.unexplained import changed_without_event, look_again, look_at_all

log = logging.getLogger(__name__)

TOLD = frozenset({str(Function.ADMIN), str(Function.AUDITOR)})


@shared_task(name="orchestr.reconciling.reconcile")
def reconcile_daily() -> None:
    """Tell admins and auditors, once a day at most, that rows are not what their events tell; the log says which.

    What two people have accounted for is not told again.
    """
    at = timezone.now()
    compared = compare_all(at=at)
    with transaction.atomic(durable=True):
        look_at_all(at=at)
    _tell("audit.rows_differ", compared.open, at)


@shared_task(name="orchestr.reconciling.look_again")
def look_at_row_history() -> None:
    """Tell admins and auditors, once a day at most, of rows that were changed without an event; the log says which."""
    at = timezone.now()
    with transaction.atomic(durable=True):
        fresh = look_again(at=at)
    _tell("audit.rows_unexplained", changed_without_event(fresh), at)


def _tell(kind: str, found: Sequence[Fault], at: datetime) -> None:
    for fault in found:
        log.error("%s: %s", fault.place, fault.message)
    if not found:
        return
    with transaction.atomic(durable=True):
        # What is found after something was acknowledged is told anew, also on the same day.
        acknowledged = Acknowledgement.objects.count()
        for person in Person.objects.filter(accounts__is_active=True, accounts__groups__name__in=TOLD).distinct():
            notify(
                person_id=person.pk,
                kind=kind,
                about={"first": found[0].place.replace(" ", ":"), "count": str(len(found))},
                urgent=True,
                dedupe_key=f"{kind}:{at.date()}:{acknowledged}",
                at=at,
            )
