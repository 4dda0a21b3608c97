"""Hints out: announce ids to browsers and long polls, wake a task by name. Never values.

Everything here happens on commit, and a broken broker never fails a decision.
"""

import logging
from collections.abc import Iterable
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from celery import current_app
from channels.layers import get_channel_layer
from django.db import transaction

log = logging.getLogger(__name__)
EVERYONE = "live.everyone"


def segment_group(segment_set_id: object) -> str:
    """The channel group of one segment set."""
    return f"live.set.{segment_set_id}"


def announce(kind: str, ids: Iterable[object], *, groups: Iterable[str]) -> None:
    """On commit, say on these groups that rows with these ids have changed."""
    wanted = tuple(groups)
    message = {"type": "live.changed", "kind": kind, "ids": [str(id) for id in ids], "groups": list(wanted)}
    transaction.on_commit(partial(_send, wanted, message), robust=True)


def wake(task: str, *, queue: str, after_s: float = 0) -> None:
    """On commit, hint that there is work for a task named `task` in so many seconds; no arguments, no retry."""
    transaction.on_commit(partial(_wake, task, queue, after_s), robust=True)


def _send(groups: tuple[str, ...], message: dict[str, Any]) -> None:
    layer = get_channel_layer()  # type: ignore[no-untyped-call]
    if layer is None:
        return
    for group in groups:
        async_to_sync(layer.group_send)(group, message)


def _wake(task: str, queue: str, after_s: float) -> None:
    current_app.send_task(
        task, queue=queue, countdown=after_s or None, retry=False, ignore_result=True, expires=after_s + 60
    )
