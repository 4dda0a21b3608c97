"""Items that are begun together: of executions of one item, or of one set whose items stand for themselves.

Their intents are looked at and committed at once. Each has its own row and operation key, and is then compared,
written, read back and settled by itself. A wave is what can be written within half a second, so a freeze finds as
little under way as before; whatever is not plainly fine is left out and looked at by itself, which also says what
follows.
"""

import time
from collections.abc import Sequence
from itertools import takewhile
from uuid import UUID

from django.db import transaction

from audit.record import gathered
from orchestr import failpoints
from orchestr.execution import breakers, sessions, transitions
from orchestr.execution.calendar import opening
from orchestr.execution.states import ItemState
from orchestr.execution.worker import Step, Worker
from orchestr.execution.writing.apply import CALLS_A_WRITE, apply, carry_out
from orchestr.execution.writing.begun import Wave
from orchestr.execution.writing.grip import LeaseLost, extended, grip
from orchestr.execution.writing.intent import put_on_record
from orchestr.execution.writing.work import Item, Work
from orchestr.freezes.guard import guarded, standing
from orchestr.freezes.targets import Target
from orchestr.generation import pinned
from orchestr.proposals.exposure import ledger
from orchestr.proposals.locks import lock_free
from orchestr.proposals.models import Proposal
from orchestr.proposals.recheck import plainly_fine

MOST, FIRST = 20, 4
WRITTEN_WITHIN_S = 0.5
# A worker that dies leaves all of a wave unsettled: only what can be sent again without a second effect is put in one.
SENT_AGAIN = frozenset({"operation_key", "absolute", "token"})


def next_of(works: Sequence[Work], worker: Worker) -> Sequence[Work]:
    """How many of these to take up next: the plain ones in front, as many as are written soon; at least one."""
    plain = list(takewhile(lambda work: _is_plain(work, worker), works[: _room(worker)]))
    return plain or works[:1]


def after(work: Work, item: Item, rest: Sequence[Item], worker: Worker) -> list[Item]:
    """The items of a set to intend together with this one: the plain ones that follow, as many as are written soon.

    None of a set that goes out in shares: it asks for care, and a worker that dies leaves all of a wave unsettled.
    """
    if not work.forward or work.atomic or work.rollout or not _is_plain_item(item, worker):
        return []
    return list(takewhile(lambda each: _is_plain_item(each, worker), rest[: _room(worker) - 1]))


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
        begun, judged, guards, frozen = _free(chosen, worker)
        items: list[Item] = []
        if begun:
            items = put_on_record([(work, work.items[0]) for work in begun], worker=worker, at=at, judged=judged)
            ledger.go_live([work.proposal_id for work in begun], at)
        for _ in begun:
            failpoints.hit("intent.recorded")
    for _ in begun:
        failpoints.hit("intent.committed")
    return Wave({item.id: item for item in items}, guards, frozen, looked_at)


def keep(wave: Wave, work: Work, items: Sequence[Item], *, looked_at: float) -> None:
    """These items of a set were intended together with the one that is written now."""
    wave.intended |= {item.id: item for item in items}
    wave.guards = frozenset(target for item in items for target in work.guarded_by(item))
    wave.frozen, wave.looked_at = frozenset(), looked_at


def go_on(work: Work, item: Item, wave: Wave, *, pending: Item, worker: Worker, last: bool) -> Step:
    """Write an item of the wave, unless its system failed or something was frozen since it was intended.

    Then the set's others in it are let go as well. `pending`: the item as it was before it was intended.
    """
    if (waits := breakers.admit(worker, item, calls=CALLS_A_WRITE)) is not None:
        _release(work, [item, *_taken(work, wave)], reason=waits.reason, worker=worker)
        return waits
    if time.monotonic() - wave.looked_at > WRITTEN_WITHIN_S:
        wave.looked_at = time.monotonic()
        wave.frozen = frozenset(standing(wave.guards, planned_at=worker.clock()))
    if wave.frozen & work.guarded_by(item):
        _release(work, [item, *_taken(work, wave)], reason="frozen", worker=worker)
        return apply(work, pending, worker=worker, recheck=True, last=last)
    return carry_out(work, item, worker=worker, last=last)


def withdraw(works: Sequence[Work], wave: Wave, *, worker: Worker) -> None:
    """Time is up: what was intended and not taken up is as if it had not been, each in its own transaction."""
    for work in works:
        try:
            let_go(work, wave, worker=worker)
        except LeaseLost:
            continue  # Whoever took it over finds out what became of it.


def let_go(work: Work, wave: Wave, *, worker: Worker) -> None:
    """What of this execution was intended and not taken up is as if it had not been; nothing was sent of it."""
    _release(work, _taken(work, wave), reason="time_is_up", worker=worker)


def _taken(work: Work, wave: Wave) -> list[Item]:
    found = (wave.intended.pop(item.id, None) for item in work.items) if wave.intended else ()
    return [item for item in found if item is not None]


def _release(work: Work, items: Sequence[Item], *, reason: str, worker: Worker) -> None:
    if not items:
        return
    at = worker.clock()
    with transaction.atomic():
        grip(work, at=at)
        with gathered():
            for item in items:
                transitions.release(work, item, reason=reason, by=worker.actor, at=at, counts=False)


def _room(worker: Worker) -> int:
    return FIRST if not worker.pace_s else max(1, min(MOST, int(WRITTEN_WITHIN_S / worker.pace_s)))


def _is_plain(work: Work, worker: Worker) -> bool:
    """One pending item that goes forward without being staged, on a system that is neither failing nor paced."""
    if not work.forward or len(work.items) != 1 or work.failed or work.awaited or work.contained or work.rollout:
        return False
    if work.sandbox_only:  # Its systems are looked at item by item.
        return False
    (item,) = work.items
    tool = sessions.tool(item.system, type=item.target.type, field=item.target.field)
    return _is_plain_item(item, worker) and tool is not None and not (tool.stages and work.atomic)


def _is_plain_item(item: Item, worker: Worker) -> bool:
    """Not begun, on a system that is neither failing nor paced, and sent again without a second effect."""
    if item.state != ItemState.PENDING or item.system_id in worker.breakers or item.system_id in worker.rates:
        return False
    tool = sessions.tool(item.system, type=item.target.type, field=item.target.field)
    return tool is not None and tool.resend in SENT_AGAIN and sessions.declaration(item.system).rate is None


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


def _free(
    works: Sequence[Work], worker: Worker
) -> tuple[list[Work], dict[UUID, int | None], frozenset[Target], frozenset[Target]]:
    """Those that may be written now, by which policy version each was judged, what could stop any of them, and what of
    that is frozen."""
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
        fine = plainly_fine(proposals=[proposals[work.proposal_id] for work in asked], at=at) if asked else {}
    begun = [work for work in asked if work.proposal_id in fine]
    return begun, {work.execution_id: fine[work.proposal_id] for work in begun}, guards, frozen


def _is_due(work: Work, proposal: Proposal, worker: Worker) -> bool:
    """The version that was queued, edited by nobody, under no exception, within its windows."""
    at = worker.clock()
    plain = proposal.state == "approved" and proposal.number == work.number == 1 and not proposal.excepted
    return plain and opening.opens_at(sites=proposal.channels, workflow=work.workflow, at=at) == at
