"""Telling webhooks: each delivery is claimed, sent outside any transaction, and settled; or tried again, or given up.

A crash between sending and settling sends it again, under the same id: twice rather than never.
"""

from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction

from orchestr.people.webhooks import queue
from orchestr.people.webhooks.models import WebhookDelivery
from orchestr.people.webhooks.secret import signing
from reviews.webhooks.signed import GONE, Sent, post_signed
from reviews.webhooks.told import body_of

AT_ONCE = 50
AT_MOST = timedelta(seconds=30)  # slow receivers must not keep a worker; the next tick goes on


def deliver_webhooks(*, at: datetime) -> int:
    """Tell what is due, at most fifty or half a minute long; returns how many were tried. Two workers never tell the
    same at once. Time goes on meanwhile: a lease is counted, and a message signed, from when it is taken up."""
    began, now = monotonic(), at
    for count in range(AT_ONCE):
        if now - at >= AT_MOST or (delivery := queue.claim(at=now)) is None:
            return count
        done = tell(delivery, at=now)
        now = at + timedelta(seconds=monotonic() - began)
        settle(delivery, done, at=now)
    return AT_ONCE


def tell(delivery: WebhookDelivery, *, at: datetime) -> Sent:
    """Tell it now. Never inside a transaction."""
    secrets = signing(delivery.webhook, at=at)
    return post_signed(delivery.webhook.url, secrets=secrets, id=delivery.pk, body=body_of(delivery, at=at), at=at)


def settle(delivery: WebhookDelivery, done: Sent, *, at: datetime) -> None:
    """What came of it, in one transaction."""
    with transaction.atomic(durable=True):
        if done.problem:
            queue.failed(
                delivery,
                problem=done.problem,
                for_good=done.problem == GONE,
                unreachable=done.unreachable,
                after_s=done.after_s,
                at=at,
            )
        else:
            queue.sent(delivery, at=at)
