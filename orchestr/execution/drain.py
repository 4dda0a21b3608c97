"""A message is a hint: whoever gets one works on whatever is due, for a few seconds, and then hints again."""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta

from django.db import connection, transaction

from orchestr import failpoints
from orchestr.execution import breakers, transitions
from orchestr.execution.claim import BATCH, claim, give_back
from orchestr.execution.queue import queue_ready
from orchestr.execution.worker import Worker
from orchestr.execution.writing import wave
from orchestr.execution.writing.begun import Wave
from orchestr.execution.writing.grip import LeaseLost, grip
from orchestr.execution.writing.perform import perform
from orchestr.execution.writing.work import Work

log = logging.getLogger(__name__)
AT_MOST_S = 5.0
AFTER_ERROR = timedelta(seconds=10)


def drain(worker: Worker, *, at_most_s: float = AT_MOST_S) -> bool:
    """Queue what is ready, claim what is due, and work on it. True: time was up, there may be more.

    Opens its own transactions and none around a call to a system.
    """
    worker.deadline = time.monotonic() + at_most_s
    while not worker.out_of_time:
        at = worker.clock()
        with transaction.atomic(durable=True):
            queue_ready(at=at, limit=BATCH, by=worker.actor)
        with transaction.atomic(durable=True):
            works = claim(worker=worker.name, at=worker.clock(), limit=BATCH, by=worker.actor)
            if works:
                failpoints.hit("claim.recorded")
        if not works:
            return False
        failpoints.hit("claim.committed")
        breakers.refresh(worker)
        _work_off(works, worker)
    return True


def _work_off(works: list[Work], worker: Worker) -> None:
    position = 0
    while position < len(works):
        together, begun = _begin(works[position:], worker)
        began = time.monotonic()
        for number, work in enumerate(together, position):
            if number and worker.out_of_time:
                wave.withdraw(works[number:], begun, worker=worker)
                with transaction.atomic(durable=True):
                    give_back(works=works[number:], at=worker.clock(), by=worker.actor)
                return
            _work_on(work, worker, begun)
        if all(len(work.items) == 1 for work in together):
            worker.pace_s = (time.monotonic() - began) / len(together)
        position += len(together)


def _begin(works: Sequence[Work], worker: Worker) -> tuple[Sequence[Work], Wave]:
    """Those of these executions to work on next, with what was intended of them already."""
    try:
        together = wave.next_of(works, worker)
        if len(together) > 1 and not worker.out_of_time:
            return together, wave.begin(together, worker=worker)
        return together[:1], Wave()
    except Exception:
        if not connection.is_usable():
            raise
        # Nothing was committed: the first is begun by itself, and says so if it is to blame.
        log.exception("executions could not be begun together")
        return works[:1], Wave()


def _work_on(work: Work, worker: Worker, begun: Wave) -> None:
    try:
        perform(work, worker=worker, wave=begun)
    except Exception:
        if not connection.is_usable():
            raise  # The database is not there: leases run out, and whoever comes next reconciles.
        # One execution that we cannot work on must not stop the others; it waits, and says why.
        log.exception("execution %s could not be worked on", work.execution_id)
        _set_aside(work, worker)


def _set_aside(work: Work, worker: Worker) -> None:
    at = worker.clock()
    try:
        with transaction.atomic(durable=True):
            grip(work, at=at)
            transitions.wait(work, until=at + AFTER_ERROR, reason="worker_error", by=worker.actor, at=at)
    except LeaseLost:
        return
