"""Sending one call by mail or webhook. Returns a code for what went wrong, or nothing; touches no row."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.utils.translation import override
from standardwebhooks import Webhook

from orchestr.outbound import OutboundError, post
from orchestr.people.paging.means import MAILER, addresses_of
from orchestr.people.paging.models import Delivery
from reviews.notices import OTHERWISE, WORDS
from reviews.paging.links import link_of

log = logging.getLogger(__name__)
GONE = "answered_410"
MISCONFIGURED = "secret_missing"


@dataclass(frozen=True, slots=True)
class Sent:
    """`problem` is empty where it arrived; `after_s` is what the other side asked to be left alone for."""

    problem: str = ""
    after_s: float = 0


def send(delivery: Delivery, *, at: datetime) -> Sent:
    """Send it now. Never inside a transaction."""
    return _mail(delivery) if delivery.means == "mail" else _webhook(delivery, at)


def _mail(delivery: Delivery) -> Sent:
    call = delivery.call
    addresses = addresses_of(call.person_id)
    if not addresses:
        return Sent("no_address")
    with override(call.person.locale):
        words = str(WORDS.get(call.page.kind, OTHERWISE))
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
    """Signed as the Standard Webhooks specification says: id, seconds and body, HMAC-SHA256."""
    if not settings.PAGING_WEBHOOK_URL or not settings.PAGING_WEBHOOK_SECRET:
        return Sent(MISCONFIGURED)
    body = _body(delivery, at)
    try:
        signature = Webhook(settings.PAGING_WEBHOOK_SECRET).sign(msg_id=str(delivery.pk), timestamp=at, data=body)
    except ValueError:
        return Sent(MISCONFIGURED)
    headers = {
        "content-type": "application/json",
        "webhook-id": str(delivery.pk),
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }
    try:
        answer = post(settings.PAGING_WEBHOOK_URL, body=body.encode(), headers=headers)
    except OutboundError as error:
        log.warning("A call could not be sent to the webhook (%s): it is tried again.", error.code)
        return Sent(error.code)
    if 200 <= answer.status < 300:
        return Sent()
    waits = float(answer.retry_after) if answer.retry_after.isascii() and answer.retry_after.isdecimal() else 0
    return Sent(f"answered_{answer.status}", min(waits, 3_600))


def _body(delivery: Delivery, at: datetime) -> str:
    """Ids, codes and where to ring: never a value, never what people wrote."""
    call = delivery.call
    data = {
        "page": str(call.page_id),
        "call": str(call.pk),
        "kind": call.page.kind,
        "step": call.step,
        "person": str(call.person_id),
        "to": addresses_of(call.person_id),
        "about": call.page.about,
        "opened_at": call.page.opened_at.isoformat(),
        "answer_url": link_of(call.pk),
    }
    return json.dumps({"type": "page.called", "timestamp": at.isoformat(), "data": data}, separators=(",", ":"))
