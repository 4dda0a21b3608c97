"""The rows of backward executions: for any number of proposals in a fixed number of statements."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from audit.record import Actor, Entry, record_many
from orchestr.execution.backward import DRAIN
from orchestr.execution.models import ExecutionItem
from orchestr.execution.queue import Line, insert_items
from orchestr.execution.reverting.found import PUT_BACK
from orchestr.execution.reverting.lines import Choice, RevertLine
from orchestr.execution.reverting.models import Revert
from orchestr.execution.states import EXECUTION_CHART, ITEM_CHART, ExecutionState, ItemState
from orchestr.live import wake
from orchestr.proposals.models import Proposal

_EXECUTIONS = """
INSERT INTO orchestr_execution (proposal_id, version_id, kind, state, reason, held_by, authority, why, requested_by_id,
                                revert_id, fence, worker, next_at, queued_at)
SELECT t.proposal, t.version, 'revert', 'queued', '', '', %(authority)s::jsonb, %(why)s, %(person)s::uuid,
       %(revert)s::uuid, 0, '', %(at)s, %(at)s
FROM unnest(%(proposals)s::uuid[], %(versions)s::uuid[]) WITH ORDINALITY AS t (proposal, version, place)
ORDER BY t.place
RETURNING id, proposal_id
"""


def standing(item_ids: Collection[UUID]) -> set[UUID]:
    """Those of these items that are applied and not put back."""
    rows = ExecutionItem.objects.filter(pk__in=list(item_ids), state=ItemState.APPLIED)
    return set(rows.exclude(undone_by__state__in=PUT_BACK).values_list("pk", flat=True))


def queue_backward(
    revert: Revert,
    lines: Mapping[UUID, Sequence[RevertLine]],
    chosen: Mapping[int, Choice],
    proposals: Sequence[Proposal],
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Queue one backward execution for each of these proposals, with one item for each write it takes back.

    Where a line takes back several writes on one value, the newest one's item writes, and the others ride on it.
    The caller holds the proposals; the database refuses a second open execution of any of them (IntegrityError).
    """
    EXECUTION_CHART.require("queue", None, ExecutionState.QUEUED, about={})
    ITEM_CHART.require("plan", None, ItemState.PENDING, about={})
    ids = {part.item_id for listed in lines.values() for line in listed for part in line.parts}
    items = {item.pk: item for item in ExecutionItem.objects.filter(pk__in=ids).select_related("execution")}
    # Executions are worked on in their order: whoever has written last comes first, and riders find it done.
    ordered = sorted(proposals, key=lambda proposal: _last_written(lines[proposal.pk], items), reverse=True)
    executions = _insert(revert, ordered, lines, items, at)
    own = [
        (part.proposal_id, line)
        for proposal in ordered
        for line in lines[proposal.pk]
        if (part := line.parts[0]).proposal_id == proposal.pk
    ]
    written = insert_items(
        _item(executions[proposal_id], line, items[line.parts[0].item_id], chosen[line.index])
        for proposal_id, line in own
        if proposal_id in executions
    )
    riders = [
        _item(executions[part.proposal_id], line, items[part.item_id], chosen[line.index], rides_on)
        for proposal in ordered
        for line in lines[proposal.pk]
        for part in line.parts[1:]
        if part.proposal_id == proposal.pk and (rides_on := written.get(line.parts[0].item_id)) is not None
    ]
    if riders:
        insert_items(riders)
    record_many([_queued(revert, each, executions[each.pk], len(lines[each.pk]), by, at) for each in ordered])
    wake(DRAIN, queue="publish")


def _last_written(lines: Sequence[RevertLine], items: Mapping[UUID, ExecutionItem]) -> float:
    times = [items[line.parts[0].item_id].settled_at for line in lines]
    return max((time.timestamp() for time in times if time is not None), default=0.0)


def _insert(
    revert: Revert,
    proposals: Sequence[Proposal],
    lines: Mapping[UUID, Sequence[RevertLine]],
    items: Mapping[UUID, ExecutionItem],
    at: datetime,
) -> dict[UUID, UUID]:
    versions = {item.execution.proposal_id: item.execution.version_id for item in items.values()}
    with connection.cursor() as cursor:
        cursor.execute(
            _EXECUTIONS,
            {
                "authority": json.dumps({"kind": revert.authority, "id": str(revert.requested_by_id)}),
                "why": revert.why,
                "person": revert.requested_by_id,
                "revert": revert.pk,
                "at": at,
                "proposals": [proposal.pk for proposal in proposals],
                "versions": [versions[proposal.pk] for proposal in proposals],
            },
        )
        return {proposal_id: id for id, proposal_id in cursor.fetchall()}


def _item(
    execution_id: UUID, line: RevertLine, item: ExecutionItem, choice: Choice, rides_on: UUID | None = None
) -> Line:
    """`before` is what the person saw live, so that whatever is there now is only overwritten knowingly."""
    return Line(
        execution=execution_id,
        index=item.index,
        undoes=item.pk,
        choice=choice,
        rides_on=rides_on,
        system=item.system_id,
        resource=item.resource_id,
        ref=item.ref,
        field=item.field,
        address=item.address,
        address_key=item.address_key,
        kind=item.kind,
        before=line.live,
        after=line.becomes(choice) if choice != "keep" else line.restores_to,
    )


def _queued(revert: Revert, proposal: Proposal, execution_id: UUID, count: int, by: Actor, at: datetime) -> Entry:
    return Entry(
        action="execution.queued",
        actor=by,
        at=at,
        about={"proposal": proposal.pk, "execution": execution_id, "revert": revert.pk},
        data={"kind": "revert", "authority": revert.authority, "count": count},
        segments=proposal.segment_ids,
    )
