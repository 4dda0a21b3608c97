"""Delivering calls: each is claimed, sent outside any transaction, and settled. What fails is tried again, then given up.

A crash between sending and settling sends it again, under the same id: twice rather than never.
"""

from datetime import datetime

from django.db import transaction

from orchestr.people.paging import deliveries
from reviews.paging.send import send
from reviews.webhooks.signed import GONE

AT_ONCE = 50


def deliver_calls(*, at: datetime) -> int:
    """Send what is due, at most fifty; returns how many were tried. Two workers never send the same at once."""
    for count in range(AT_ONCE):
        delivery = deliveries.claim(at=at)
        if delivery is None:
            return count
        done = send(delivery, at=at)
        with transaction.atomic(durable=True):
            if done.problem:
                gone = done.problem == GONE
                deliveries.failed(delivery, problem=done.problem, for_good=gone, after_s=done.after_s, at=at)
            else:
                deliveries.sent(delivery, at=at)
    return AT_ONCE
