"""Hints out: announce ids to browsers and long polls, wake a task by name. Never values.

Everything here happens on commit, and a broken broker never fails a decision: it costs at most
`broker.TIMEOUT_S`, once in a while.
"""

import logging
import time
from collections.abc import Iterable
from functools import partial
from typing import Any

from celery import current_app
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction
from redis.exceptions import RedisError

from orchestr.broker import broker

log = logging.getLogger(__name__)
SILENT_S = 2.0  # after a failure nothing is tried for so long: a down broker must not slow every decision
EVERYONE = "live.everyone"
EVERY_CHANGE = "live.every-change"
NEW_SET = "segments"  # the kind of a message that says: there is a new set of segments, see whether it is yours

_silent_until = 0.0


def segment_group(segment_set_id: object) -> str:
    """The channel group of one segment set."""
    return f"live.set.{segment_set_id}"


def announce(kind: str, ids: Iterable[object], *, groups: Iterable[str]) -> None:
    """On commit, say on these groups that rows with these ids have changed."""
    wanted = tuple(groups)
    message = {"type": "live.changed", "kind": kind, "ids": [str(id) for id in ids], "groups": list(wanted)}
    transaction.on_commit(partial(_publish, (*wanted, EVERY_CHANGE), message), robust=True)


def wake(task: str, *, queue: str, after_s: float = 0) -> None:
    """On commit, hint that there is work for a task named `task` in so many seconds; no arguments, no retry."""
    transaction.on_commit(partial(_wake, task, queue, after_s), robust=True)


def _publish(groups: tuple[str, ...], message: dict[str, Any]) -> None:
    """One round trip for all groups, in the format of channels_redis' pub/sub layer.

    The layer itself is async: from a synchronous view it would open a loop and a connection a message.
    """
    if _silent():
        return
    packed = get_channel_layer().serialize(message)
    try:
        pipeline = broker().pipeline(transaction=False)
        for group in groups:
            pipeline.publish(f"{settings.KEY_PREFIX}.live__group__{group}", packed)
        pipeline.execute()
    except (RedisError, OSError):
        _be_silent()


def _wake(task: str, queue: str, after_s: float) -> None:
    if _silent():
        return
    try:
        current_app.send_task(
            task, queue=queue, countdown=after_s or None, retry=False, ignore_result=True, expires=after_s + 60
        )
    except Exception:  # kombu raises its transports' own errors; the sweep finds the work
        _be_silent()


def _silent() -> bool:
    return time.monotonic() < _silent_until


def _be_silent() -> None:
    global _silent_until
    _silent_until = time.monotonic() + SILENT_S
    log.warning("The broker does not answer: hints are left out, the sweep finds the work.", exc_info=True)
