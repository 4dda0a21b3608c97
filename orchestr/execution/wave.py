"""Executions of one item that are begun together: their intents are looked at and committed at once.

Each has its own row, fence and operation key, and is then compared, written, read back and settled by itself. A wave is
what can be written within half a second, so a freeze finds as little under way as before; whatever is not plainly fine
is left out and looked at by itself, which also says what follows.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from uuid import UUID

from django.db import transaction

from orchestr import failpoints
from orchestr.execution import breakers, sessions
from orchestr.execution.apply import CALLS_A_WRITE, apply, carry_out
from orchestr.execution.calendar import opening
from orchestr.execution.grip import LeaseLost, extended
from orchestr.execution.intent import put_on_record
from orchestr.execution.settle import release
from orchestr.execution.states import ItemState
from orchestr.execution.work import Item, Work
from orchestr.execution.worker import Step, Worker
from orchestr.freezes.guard import guarded, standing
from orchestr.freezes.targets import Target
from orchestr.generation import pinned
from orchestr.proposals import ledger
from orchestr.proposals.locks import lock_free
from orchestr.proposals.models import Proposal
from orchestr.proposals.recheck import plainly_fine

MOST, FIRST = 20, 4
WRITTEN_WITHIN_S = 0.5
# A worker that dies leaves all of a wave unsettled: only what can be sent again without a second effect is put in one.
SENT_AGAIN = frozenset({"operation_key", "absolute", "token"})


@dataclass(slots=True)
class Wave:
    """The intended items by execution, until each is taken up; `looked_at` is when freezes were last looked for."""

    intended: dict[UUID, Item] = field(default_factory=dict)
    guards: frozenset[Target] = frozenset()
    frozen: frozenset[Target] = frozenset()
    looked_at: float = 0.0


def next_of(works: Sequence[Work], worker: Worker) -> Sequence[Work]:
    """How many of these to take up next: the plain ones in front, as many as are written soon; at least one."""
    room = FIRST if not worker.pace_s else max(1, min(MOST, int(WRITTEN_WITHIN_S / worker.pace_s)))
    plain = list(takewhile(lambda work: _is_plain(work, worker), works[:room]))
    return plain or works[:1]


def begin(works: Sequence[Work], *, worker: Worker) -> Wave:
    """Commit the intents of those of these executions for which nothing stands in the way; the others are left alone.

    One transaction: locks the proposals that nobody else holds, by key, then the executions (fences), then the
    shared freeze locks of all of them.
    """
    chosen = _apart(works)
    if len(chosen) < 2:
        return Wave()
    at, looked_at = worker.clock(), time.monotonic()
    with transaction.atomic():
        begun, guards, frozen = _free(chosen, worker)
        items = put_on_record([(work, work.items[0]) for work in begun], worker=worker, at=at) if begun else []
        if begun:
            ledger.go_live([work.proposal_id for work in begun], at)
        for _ in begun:
            failpoints.hit("intent.recorded")
    for _ in begun:
        failpoints.hit("intent.committed")
    intended = {work.execution_id: item for work, item in zip(begun, items, strict=True)}
    return Wave(intended, guards, frozen, looked_at)


def go_on(work: Work, item: Item, wave: Wave, *, worker: Worker, last: bool) -> Step:
    """Write an item of the wave, unless its system failed or something was frozen since it was intended."""
    if (waits := breakers.admit(worker, item, calls=CALLS_A_WRITE)) is not None:
        release(work, item, worker=worker, reason=waits.reason, counts=False)
        return waits
    if time.monotonic() - wave.looked_at > WRITTEN_WITHIN_S:
        wave.looked_at = time.monotonic()
        wave.frozen = frozenset(standing(wave.guards, planned_at=worker.clock()))
    if wave.frozen & work.guarded_by(item):
        release(work, item, worker=worker, reason="frozen", counts=False)
        return apply(work, work.items[0], worker=worker, recheck=True, last=last)
    return carry_out(work, item, worker=worker, last=last)


def withdraw(works: Sequence[Work], wave: Wave, *, worker: Worker) -> None:
    """Time is up: what was intended and not taken up is as if it had not been, each in its own transaction."""
    for work in works:
        item = wave.intended.pop(work.execution_id, None)
        if item is not None:
            try:
                release(work, item, worker=worker, reason="time_is_up", counts=False)
            except LeaseLost:
                continue  # Whoever took it over finds out what became of it.


def _is_plain(work: Work, worker: Worker) -> bool:
    """One pending item that goes forward without being staged, on a system that is neither failing nor paced."""
    if not work.forward or len(work.items) != 1 or work.failed or work.awaited or work.contained or work.rollout:
        return False
    (item,) = work.items
    if item.state != ItemState.PENDING or item.system_id in worker.breakers or item.system_id in worker.rates:
        return False
    tool = sessions.tool(item.system, type=item.target.type, field=item.target.field)
    if tool is None or (tool.stages and work.atomic):
        return False
    return tool.resend in SENT_AGAIN and sessions.declaration(item.system).rate is None


def _apart(works: Sequence[Work]) -> list[Work]:
    """Those that touch nothing another before them touches."""
    seen: set[UUID | str] = set()
    found = []
    for work in works:
        (item,) = work.items if len(work.items) == 1 else (None,)
        if item is not None and not seen & {item.resource_id, item.target.id}:
            seen |= {item.resource_id, item.target.id}
            found.append(work)
    return found


def _free(works: Sequence[Work], worker: Worker) -> tuple[list[Work], frozenset[Target], frozenset[Target]]:
    """Those that may be written now, what could stop any of them, and what of that is frozen."""
    at = worker.clock()
    proposals = {proposal.pk: proposal for proposal in lock_free([work.proposal_id for work in works])}
    held = [work for work in works if work.proposal_id in proposals]
    ours = extended(held, at=at)
    held = [work for work in held if work.execution_id in ours]
    guards = frozenset(target for work in held for target in work.guarded_by(work.items[0]))
    frozen = frozenset(guarded(guards, at=at))
    held = [work for work in held if not frozen & work.guarded_by(work.items[0])]
    with pinned():
        asked = [work for work in held if _is_due(work, proposals[work.proposal_id], worker)]
        fine = plainly_fine(proposals=[proposals[work.proposal_id] for work in asked], at=at) if asked else set()
    return [work for work in asked if work.proposal_id in fine], guards, frozen


def _is_due(work: Work, proposal: Proposal, worker: Worker) -> bool:
    """The version that was queued, edited by nobody, under no exception, within its windows."""
    at = worker.clock()
    plain = proposal.state == "approved" and proposal.number == work.number == 1 and not proposal.excepted
    return plain and opening.opens_at(sites=proposal.channels, workflow=work.workflow, at=at) == at
