"""Delivering notices: in the app at once, and by mail and to webhooks, where they are set up and it cannot wait.

A mail carries a sentence of ours and a link, never a value. It is sent outside any transaction and before
the notice is marked, so a crash in between sends it twice rather than never.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from audit.record import Actor, Entry, record_many
from orchestr.people.models import Account, Notice
from orchestr.people.webhooks.queue import enqueue_notices
from reviews.notices import line_of
from reviews.rehearsed import of_drills

log = logging.getLogger(__name__)
BATCH = 500
GIVE_UP_AFTER = timedelta(hours=24)
ONE_AT_A_TIME = 0x6E6F74  # "not": an advisory lock, so that two workers do not send the same mail
MAILER = "default"
BY = Actor.worker("notices")


def deliver(*, at: datetime) -> int:
    """Deliver what is due, one mail a person; returns how many notices were marked delivered.

    Does nothing while another worker delivers. A mail server that does not answer leaves the notice for
    the next tick, for a day; then it is on record as failed and stays in the app.
    """
    if not _begin():
        return 0
    try:
        due = _due()
        enqueue_notices([each.pk for notices in due.values() for each in notices], at=at)
        return sum(_to(person_id, notices, at) for person_id, notices in due.items())
    finally:
        _end()


def _due() -> dict[UUID, list[Notice]]:
    rows = Notice.objects.filter(delivered_at=None).select_related("person").order_by("created_at", "id")[:BATCH]
    found: dict[UUID, list[Notice]] = defaultdict(list)
    for row in rows:
        found[row.person_id].append(row)
    return found


def _to(person_id: UUID, notices: Sequence[Notice], at: datetime) -> int:
    """All that is due to one person. What is not urgent, or already read, is delivered by being in the app."""
    mailed = [each for each in notices if each.urgent and each.read_at is None]
    addresses = _addresses(person_id) if mailed and MAILER in mailers else []
    if not addresses:
        return _mark(notices, means="in_app", at=at)
    shown = [each for each in notices if each not in mailed]
    if _send(addresses, mailed):
        return _mark(shown, means="in_app", at=at) + _mark(mailed, means="mail", at=at)
    late = [each for each in mailed if each.created_at <= at - GIVE_UP_AFTER]
    return _mark(shown, means="in_app", at=at) + _mark(late, means="mail", at=at, failed=True)


def _addresses(person_id: UUID) -> list[str]:
    rows = Account.objects.filter(person=person_id, is_active=True).exclude(email="")
    return sorted(set(rows.values_list("email", flat=True)))


def _send(addresses: Sequence[str], notices: Sequence[Notice]) -> bool:
    with override(notices[0].person.locale):
        drills = of_drills([each.about for each in notices])
        lines = [line_of(each, drill=drill) for each, drill in zip(notices, drills, strict=True)]
        subject = lines[0].text if len(lines) == 1 else ngettext(
            "%(n)d thing needs you", "%(n)d things need you", len(lines)
        ) % {"n": len(lines)}  # fmt: skip
        body = "\n\n".join(f"{line.text}\n{settings.PUBLIC_URL}{line.url}" for line in lines)
        closing = _("You can read all of it in Orchestr; this mail holds no figures on purpose.")
    mail = EmailMessage(subject, f"{body}\n\n{closing}\n", settings.DEFAULT_FROM_EMAIL, to=list(addresses))
    try:
        mail.send(using=MAILER)
    except (SMTPException, OSError) as error:
        log.warning("A notice could not be mailed (%s): tried again at the next tick.", type(error).__name__)
        return False
    return True


def _mark(notices: Sequence[Notice], *, means: str, at: datetime, failed: bool = False) -> int:
    """Mark what nobody else has marked, each with its event."""
    if not notices:
        return 0
    with transaction.atomic(durable=True):
        locked = Notice.objects.select_for_update().filter(pk__in=[each.pk for each in notices], delivered_at=None)
        ids = list(locked.order_by("pk").values_list("pk", "person_id", "kind"))
        Notice.objects.filter(pk__in=[id for id, _person, _kind in ids]).update(delivered_at=at)
        record_many(
            [
                Entry(
                    action="notice.failed" if failed else "notice.delivered",
                    actor=BY,
                    at=at,
                    about={"notice": id, "person": person_id},
                    data={"means": means, "kind": kind},
                )
                for id, person_id, kind in ids
            ]
        )
    return len(ids)


def _begin() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ONE_AT_A_TIME])
        return bool(cursor.fetchone()[0])


def _end() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_AT_A_TIME])
