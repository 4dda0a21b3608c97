"""Once a day: are the rows still what their events tell?"""

import logging

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from orchestr.people.functions import Function
from orchestr.people.models import Person
from orchestr.people.notify import notify
from orchestr.reconciling.compare import reconcile

log = logging.getLogger(__name__)

TOLD = frozenset({str(Function.ADMIN), str(Function.AUDITOR)})


@shared_task(name="orchestr.reconciling.reconcile")
def reconcile_daily() -> None:
    """Tell admins and auditors, once a day at most, that rows are not what their events tell; the log says which."""
    found = [fault for fault in reconcile() if fault is not None]
    for fault in found:
        log.error("%s: %s", fault.place, fault.message)
    if not found:
        return
    at = timezone.now()
    with transaction.atomic(durable=True):
        for person in Person.objects.filter(accounts__is_active=True, accounts__groups__name__in=TOLD).distinct():
            notify(
                person_id=person.pk,
                kind="audit.rows_differ",
                about={"first": found[0].place.replace(" ", ":"), "count": str(len(found))},
                urgent=True,
                dedupe_key=f"audit.rows_differ:{at.date()}",
                at=at,
            )
