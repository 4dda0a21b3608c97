"""Sending one call by mail or webhook. Returns a code for what went wrong, or nothing; touches no row."""

import logging
from datetime import datetime
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.utils.translation import override

from orchestr.people.paging.means import MAILER, addresses_of
from orchestr.people.paging.models import Delivery
from reviews.notices import OTHERWISE, WORDS
from reviews.paging.links import link_of
from reviews.rehearsed import marked, of_drills
from reviews.webhooks.signed import MISCONFIGURED, Sent, post_signed
from reviews.webhooks.told import called, wrapped

log = logging.getLogger(__name__)


def send(delivery: Delivery, *, at: datetime) -> Sent:
    """Send it now. Never inside a transaction."""
    return _mail(delivery) if delivery.means == "mail" else _webhook(delivery, at)


def _mail(delivery: Delivery) -> Sent:
    call = delivery.call
    addresses = addresses_of(call.person_id)
    if not addresses:
        return Sent("no_address")
    with override(call.person.locale):
        (drill,) = of_drills([call.page.about])
        words = marked(WORDS.get(call.page.kind, OTHERWISE), drill=drill)
        lines = [
            words,
            _("Open this page and press the button there, so that nobody else is called:"),
            link_of(call.pk),
            _("You can read all of it in Orchestr; this mail holds no figures on purpose."),
        ]
    # One id for every try: a mail that arrives twice is recognised as one.
    headers = {"Message-ID": f"<{delivery.pk}@orchestr>"}
    mail = EmailMessage(words, "\n\n".join(lines) + "\n", settings.DEFAULT_FROM_EMAIL, to=addresses, headers=headers)
    try:
        mail.send(using=MAILER)
    except (SMTPException, OSError) as error:
        log.warning("A call could not be mailed (%s): it is tried again.", type(error).__name__)
        return Sent("mail_server")
    return Sent()


def _webhook(delivery: Delivery, at: datetime) -> Sent:
    """To the one address that whoever deploys has set; those that admins add have a queue of their own."""
    if not settings.PAGING_WEBHOOK_URL or not settings.PAGING_WEBHOOK_SECRET:
        return Sent(MISCONFIGURED)
    body = wrapped("page.called", called(delivery.call), at)
    return post_signed(
        settings.PAGING_WEBHOOK_URL, secrets=[settings.PAGING_WEBHOOK_SECRET], id=delivery.pk, body=body, at=at
    )
