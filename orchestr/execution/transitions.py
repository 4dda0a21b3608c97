"""Every arrow of an execution a worker walks, and of its items: the only place that assigns their state.

All run in the caller's transaction, which holds the grip; each writes its audit event.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from audit.record import Actor, Entry, note, record_many
from orchestr.execution.queue import as_json
from orchestr.execution.states import EXECUTION_CHART, ITEM_CHART, ExecutionState, ItemState
from orchestr.execution.writing.work import Item, Work
from orchestr.freezes.targets import Target
from orchestr.policy.values import Json
from orchestr.prepared import prepared, send
from orchestr.refusal import Kind, Refusal

_GUARDED = """
UPDATE orchestr_execution
SET state = %s, reason = %s, held_by = %s, next_at = COALESCE(%s, next_at), ended_at = %s, lease_until = NULL
WHERE id = %s AND state = %s AND fence = %s
"""


def _move(
    work: Work,
    verb: str,
    target: ExecutionState,
    *,
    reason: str = "",
    held_by: str = "",
    next_at: datetime | None = None,
    ended_at: datetime | None = None,
    source: ExecutionState = ExecutionState.RUNNING,
) -> None:
    EXECUTION_CHART.require(verb, source, target, about={"execution": str(work.execution_id)})

    def look(count: int) -> None:
        if count != 1:
            raise Refusal(
                Kind.CONFLICT,
                "not_in_this_state",
                f"This execution is no longer {source}.",
                next="Reload it and look at what has happened since.",
                params={"verb": verb},
                about={"execution": str(work.execution_id)},
            )

    given = [str(target), reason, held_by, next_at, ended_at, work.execution_id, str(source), work.fence]
    send(_GUARDED, given, look=look)


def wait(work: Work, *, until: datetime, reason: str, by: Actor, at: datetime, waits_for: str = "") -> None:
    """Running → queued, not before `until`. `waits_for` names what stands in the way (`breaker:shop`)."""
    code = code_of(reason)
    _move(work, "wait", ExecutionState.QUEUED, reason=code, next_at=until, held_by=waits_for)
    data = {"fence": work.fence, "reason": code, "until": until} | ({"held_by": waits_for} if waits_for else {})
    _record(work, "execution.released", by, at, data)


def hold(work: Work, *, target: Target, by: Actor, at: datetime) -> None:
    """Running → held: a freeze stands in the way. The sweep finds it when that freeze is lifted."""
    word = str(target)
    _move(work, "hold", ExecutionState.HELD, held_by=word)
    _record(work, "execution.held", by, at, {"held_by": word.replace(" ", "_")})


def stop(work: Work, *, reason: str, by: Actor, at: datetime) -> None:
    """Running → stopped: nothing was written and nothing will be."""
    _move(work, "stop", ExecutionState.STOPPED, reason=reason, ended_at=at)
    _record(work, "execution.stopped", by, at, {"reason": reason})


def ask(work: Work, *, reason: str, indexes: Sequence[int], by: Actor, at: datetime) -> None:
    """Running → needs_person, naming the items that somebody has to look at."""
    _move(work, "ask", ExecutionState.NEEDS_PERSON, reason=reason)
    _record(work, "execution.needs_person", by, at, {"items": sorted(indexes), "reason": reason})


def finish(
    work: Work,
    *,
    outcomes: dict[str, int],
    by: Actor,
    at: datetime,
    source: ExecutionState = ExecutionState.RUNNING,
) -> None:
    """Running or needs_person → done."""
    _move(work, "finish", ExecutionState.DONE, ended_at=at, source=source)
    _record(work, "execution.finished", by, at, {"outcomes": outcomes, "kind": work.kind})


_INTEND = """
UPDATE orchestr_execution_item i
SET state = 'intended', intended_at = COALESCE(intended_at, %s), sent_by = %s, accepted_at = NULL, checked_at = NULL,
    attempts = attempts + 1, outcome_code = '', settled_at = NULL
FROM unnest(%s::uuid[], %s::text[]) AS t(id, state) WHERE i.id = t.id AND i.state = t.state
"""


def intend(
    begun: Sequence[tuple[Work, Item, str]],
    *,
    sent_by: datetime,
    by: Actor,
    at: datetime,
    judged: Mapping[UUID, int | None] | None = None,
) -> None:
    """Pending or unknown → intended, before anything is sent: items with their executions and guarantees.

    `sent_by`: the last moment a send may happen. `judged`: by execution, the policy version under which it was judged
    again just now.
    """
    for _, item, _ in begun:
        ITEM_CHART.require("intend", item.state, ItemState.INTENDED, about={"item": str(item.id)})
    with prepared() as cursor:
        cursor.execute(_INTEND, [at, sent_by, [item.id for _, item, _ in begun], [item.state for _, item, _ in begun]])
        if cursor.rowcount != len(begun):
            _one(0, begun[0][1])
    judged = judged or {}
    record_many([_intent(work, item, guarantee, judged, by, at) for work, item, guarantee in begun])


def _intent(
    work: Work, item: Item, guarantee: str, judged: Mapping[UUID, int | None], by: Actor, at: datetime
) -> Entry:
    data: dict[str, Json] = {
        "item": item.index,
        "attempt": item.attempts + 1,
        "fence": work.fence,
        "operation_key": item.operation_key,
        "system": item.system.key,
        "guarantee": guarantee,
        "kind": work.kind,
    }
    if (version := judged.get(work.execution_id)) is not None:
        data["policy_version"] = version
    return _of_item("execution.intent", work, item.id, by, at, data)


def release(work: Work, item: Item, *, reason: str, by: Actor, at: datetime, counts: bool = True) -> None:
    """Intended → pending: it is certain that nothing was sent. `reason` is a system's own words.

    Where the try `counts` it stays one of the attempts that are made at most.
    """
    ITEM_CHART.require("release", ItemState.INTENDED, ItemState.PENDING, about={"item": str(item.id)})
    with prepared() as cursor:
        cursor.execute(
            "UPDATE orchestr_execution_item SET state = 'pending', sent_by = NULL,"
            " intended_at = CASE WHEN staging = '' THEN NULL ELSE intended_at END, outcome_code = %s,"
            " message = %s, attempts = GREATEST(attempts - %s, 0) WHERE id = %s AND state = 'intended'",
            [code_of(reason), reason[:300], 0 if counts else 1, item.id],
        )
        _one(cursor.rowcount, item)
    data: dict[str, Json] = {"item": item.index, "operation_key": item.operation_key, "code": code_of(reason)}
    note(_of_item("execution.intent_withdrawn", work, item.id, by, at, data))


_SETTLE = """
UPDATE orchestr_execution_item
SET state = %s, outcome_code = %s, message = %s, observed = %s::jsonb, token = %s, settled_at = %s, read_by = %s
WHERE id = %s AND state = %s
"""


def settle(
    work: Work,
    item: Item,
    outcome: ItemState,
    *,
    was: str,
    observed: Json,
    by: Actor,
    at: datetime,
    code: str = "",
    message: str = "",
    token: str = "",
    read: str = "",
    by_person: bool = False,
) -> None:
    """The item's state `was` → an outcome, with the value last read in the system, and by which read."""
    ITEM_CHART.require("settle", was, outcome, about={"item": str(item.id)})
    word, token = code_of(code), token or item.token
    row = [str(outcome), word, message[:300], as_json(observed), token, at, read, item.id, was]
    send(_SETTLE, row, look=lambda count: _one(count, item))
    told: dict[str, Json] = {"code": word, "read": read, "by_person": by_person}
    data = _settled(item, outcome, was, observed) | {name: value for name, value in told.items() if value}
    note(_of_item("execution.item_settled", work, item.id, by, at, data))


def _settled(item: Item, outcome: ItemState, was: str, observed: Json) -> dict[str, Json]:
    return {
        "item": item.index,
        "outcome": str(outcome),
        "was": str(was),
        "operation_key": item.operation_key,
        "observed_digest": _sha256(observed),
    }


def abandon_pending(work: Work, *, code: str, by: Actor, at: datetime) -> None:
    """Every item not yet begun → not_applied: the rest of the set is not going to be written."""
    ITEM_CHART.require("settle", ItemState.PENDING, ItemState.NOT_APPLIED, about={})
    with prepared() as cursor:
        cursor.execute(
            "UPDATE orchestr_execution_item SET state = 'not_applied', outcome_code = %s, settled_at = %s"
            " WHERE execution_id = %s AND state = 'pending' RETURNING id, index",
            [code_of(code), at, work.execution_id],
        )
        rows: list[tuple[UUID, int]] = cursor.fetchall()
    told: dict[str, Json] = {"outcome": "not_applied", "was": "pending", "code": code_of(code)}
    record_many([_of_item("execution.item_settled", work, id, by, at, {"item": index, **told}) for id, index in rows])


def note_accepted(item: Item, *, token: str, ref: str, at: datetime) -> None:
    """The system said yes and the new value is not to be seen yet: keep that for whoever reads next."""
    with prepared() as cursor:
        cursor.execute(
            "UPDATE orchestr_execution_item SET accepted_at = %s, token = %s, ref = %s WHERE id = %s",
            [at, token, ref, item.id],
        )


def note_checked(item: Item, *, observed: Json, at: datetime | None) -> None:
    """What a read saw that settles nothing yet; `at` marks the first read after the last possible landing."""
    with prepared() as cursor:
        cursor.execute(
            "UPDATE orchestr_execution_item SET checked_at = %s, observed = %s::jsonb WHERE id = %s",
            [at, as_json(observed), item.id],
        )


def note_around(item: Item, around: Sequence[Json]) -> None:
    """What lay beside the value before anything was sent; what an earlier worker has kept stays."""
    with prepared() as cursor:
        cursor.execute(
            "UPDATE orchestr_execution_item SET around = COALESCE(around, %s::jsonb) WHERE id = %s",
            [as_json(around), item.id],
        )


def note_hand(item: Item, *, changed_at: datetime | None, changed_by: str) -> None:
    """Whose change stands in the way, as the system says it: told beside the conflict, never acted on."""
    with prepared() as cursor:
        cursor.execute(
            "UPDATE orchestr_execution_item SET changed_at = %s, changed_by = %s WHERE id = %s",
            [changed_at, changed_by[:160], item.id],
        )


def code_of(text: str) -> str:
    """What a system or connector said, as the one word that rows and audit events hold; empty stays empty."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:60].rstrip("_")


def _sha256(value: Json) -> str:
    # Whatever the system said, fractions included: it is evidence, not a canonical value of ours.
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _one(count: int, item: Item) -> None:
    if count != 1:
        raise Refusal(
            Kind.CONFLICT,
            "not_in_this_state",
            "Somebody else has settled this item.",
            next="Reload it and look at what has happened since.",
            about={"item": str(item.id)},
        )


def _of_item(action: str, work: Work, item_id: UUID, by: Actor, at: datetime, data: dict[str, Json]) -> Entry:
    about = {**work.about, "item": item_id}
    return Entry(action=action, actor=by, at=at, about=about, data=data, segments=work.segment_ids)


def _record(work: Work, action: str, by: Actor, at: datetime, data: dict[str, Json]) -> None:
    note(Entry(action=action, actor=by, at=at, about=work.about, data=data, segments=work.segment_ids))
