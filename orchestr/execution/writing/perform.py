"""One claimed execution, as far as it gets: what is unsettled first, then what is pending, item by item."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction

from orchestr import failpoints
from orchestr.execution import finish, transitions
from orchestr.execution.rollout.hold import hold
from orchestr.execution.staging.clear import clear
from orchestr.execution.staging.stage import any_staged, stage_set
from orchestr.execution.states import ItemState
from orchestr.execution.worker import Abandoned, Ask, Away, Settled, Step, Wait, Worker
from orchestr.execution.writing.apply import apply
from orchestr.execution.writing.begun import Wave
from orchestr.execution.writing.grip import LeaseLost, grip
from orchestr.execution.writing.reconcile import reconcile
from orchestr.execution.writing.wave import after, go_on, keep, let_go
from orchestr.execution.writing.work import Item, Work

# Reasons to wait that are over before anybody has read them.
BRIEF = frozenset({"time_is_up", "reading_back", "rate_limited", "with_another_item", "clearing_staged"})
# The item was not looked at: the one after it still needs its second look.
NOT_LOOKED_AT = frozenset({"breaker_open", "rate_limited"})
TELLS = timedelta(seconds=1)  # readers hear of progress so often, however fast it goes
FAILED = (ItemState.NOT_APPLIED, ItemState.CONFLICT)


@dataclass(slots=True)
class _Round:
    """What came of the items so far."""

    waits: list[Wait] = field(default_factory=list)
    asks: list[tuple[int, Ask]] = field(default_factory=list)
    recheck: bool = True
    settled: bool = False

    @property
    def clear(self) -> bool:
        return not self.waits and not self.asks


def perform(work: Work, *, worker: Worker, wave: Wave | None = None) -> None:
    """Work on an execution until it ends, waits, is held, needs a person, or time is up.

    `wave`: where its item may have been intended already, together with others.
    """
    try:
        _perform(work, worker, wave or Wave())
    except LeaseLost:
        return


def _perform(work: Work, worker: Worker, wave: Wave) -> None:
    round = _Round()
    staged = stage_set(work, worker=worker)
    if not isinstance(staged, Work):
        _stop_at_staging(work, staged, worker, round)
        return
    work = staged
    ordered = sorted(work.due, key=lambda item: item.state == ItemState.PENDING)
    all_due = len(ordered) == len(work.items) and not work.more and not any_staged(work.items)
    told = worker.clock()
    for position, item in enumerate(ordered):
        if work.atomic and work.failed and item.state == ItemState.PENDING:
            _abandon(work, "set_failed", worker)  # A worker died between the failure and this.
            break
        if position and worker.out_of_time:
            round.waits.append(Wait(worker.clock(), "time_is_up"))
            break
        last = all_due and position == len(ordered) - 1 and round.clear
        step = _step(work, ordered[position:], worker, round, last, wave)
        if isinstance(step, Away) or (isinstance(step, Settled) and step.over):
            return
        if isinstance(step, Settled) and work.atomic and step.outcome in FAILED:
            step = Abandoned("set_failed")
        if isinstance(step, Abandoned):
            _abandon(work, step.reason, worker)
            break
        if isinstance(step, Wait):
            round.waits.append(step)
        elif isinstance(step, Settled):
            round.settled = True
        elif isinstance(step, Ask):
            round.asks.append((item.index, step))
        if (work.atomic and not round.clear) or (isinstance(step, Wait) and step.reason == "not_yet"):
            break
        if isinstance(step, Settled) and worker.clock() >= told + TELLS:
            _show_progress(work, worker)
            told = worker.clock()
    let_go(work, wave, worker=worker)
    if work.more_due and (round.settled or not round.waits):
        round.waits.append(Wait(worker.clock(), "time_is_up"))  # Its next thousand.
    _close(work, round, worker)


def _stop_at_staging(work: Work, step: Step, worker: Worker, round: _Round) -> None:
    """Something of the set could not be staged, or not yet: nothing of it is made live."""
    if isinstance(step, Away):
        return
    if isinstance(step, Wait):
        round.waits.append(step)
    else:
        _abandon(work, step.reason if isinstance(step, Abandoned) else "set_failed", worker)
    _close(work, round, worker)


def _step(work: Work, left: Sequence[Item], worker: Worker, round: _Round, last: bool, wave: Wave) -> Step:
    item, began = left[0], time.monotonic()
    if (intended := wave.intended.pop(item.id, None)) is not None:
        step = go_on(work, intended, wave, pending=item, worker=worker, last=last)
        _pace(worker, began)
        return step
    if item.state != ItemState.PENDING:
        return reconcile(work, item, worker=worker, last=last)
    step = apply(
        work, item, worker=worker, recheck=round.recheck, last=last, after=after(work, item, left[1:], worker),
        begun=lambda others: keep(wave, work, others, looked_at=began),
    )  # fmt: skip
    if not round.recheck:
        _pace(worker, began)
    if not (isinstance(step, Wait) and step.reason in NOT_LOOKED_AT):
        round.recheck = False  # It was looked at within this claim; the lease bounds how long ago.
    return step


def _pace(worker: Worker, began: float) -> None:
    """How long an item takes of late: what came before counts for half."""
    took = time.monotonic() - began
    worker.pace_s = (worker.pace_s + took) / 2 if worker.pace_s else took


def _close(work: Work, round: _Round, worker: Worker) -> None:
    """Say what the execution is doing now that nothing more can be done at once."""
    if round.clear and work.atomic:
        left = clear(work, worker=worker)
        if isinstance(left, Wait):
            round.waits.append(left)
        else:
            round.asks += left
    at = worker.clock()
    with transaction.atomic():
        grip(work, at=at)
        if round.waits:
            first = min(round.waits, key=lambda wait: wait.until)
            transitions.wait(
                work, until=max(first.until, at), reason=first.reason, by=worker.actor, at=at,
                waits_for=first.waits_for,
            )  # fmt: skip
            if first.reason not in BRIEF:
                finish.progress(work)
        elif round.asks:
            reason = round.asks[0][1].reason
            finish.ask(work, reason=reason, indexes=[index for index, _ in round.asks], by=worker.actor, at=at)
        elif len(work.due) < len(work.items):
            hold(work, by=worker.actor, at=at)
        else:
            finish.end(work, by=worker.actor, at=at)


def _abandon(work: Work, reason: str, worker: Worker) -> None:
    at = worker.clock()
    with transaction.atomic():
        grip(work, at=at)
        transitions.abandon_pending(work, code=reason, by=worker.actor, at=at)
    failpoints.hit("rest.abandoned")


def _show_progress(work: Work, worker: Worker) -> None:
    with transaction.atomic():
        grip(work, at=worker.clock())
        finish.progress(work)
