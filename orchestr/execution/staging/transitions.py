"""Every arrow of an item's staged value, with its audit event. In the caller's transaction, which holds the grip."""

from datetime import datetime

from audit.record import Actor, record
from orchestr.execution.staging.states import STAGING_CHART, StagingState
from orchestr.execution.writing.work import Item, Work
from orchestr.policy.values import Json
from orchestr.prepared import prepared
from orchestr.refusal import Kind, Refusal

_INTEND = """
UPDATE orchestr_execution_item
SET staging = 'intended', intended_at = COALESCE(intended_at, %s), sent_by = %s, attempts = attempts + 1
WHERE id = %s AND staging = %s AND state = 'pending'
"""


def intend(
    work: Work, item: Item, *, sent_by: datetime, guarantee: str, by: Actor, at: datetime, policy: int | None = None
) -> None:
    """Before anything is sent. From here on the version can be neither changed nor withdrawn."""
    _require("stage", item, StagingState.INTENDED)
    with prepared() as cursor:
        cursor.execute(_INTEND, [at, sent_by, item.id, item.staging])
        _one(cursor.rowcount, item)
    data: dict[str, Json] = {
        "item": item.index, "attempt": item.attempts + 1, "fence": work.fence, "operation_key": item.operation_key,
        "system": item.system.key, "guarantee": guarantee, "kind": "stage",
    }  # fmt: skip
    if policy is not None:
        data["policy_version"] = policy
    _record(work, item, "execution.intent", data, by, at)


def release(work: Work, item: Item, *, counts: bool) -> None:
    """It is certain that nothing was sent. Where the try `counts` it stays one of those that are made at most."""
    _require("release", item, StagingState.NONE)
    with prepared() as cursor:
        cursor.execute(
            "UPDATE orchestr_execution_item SET staging = '', attempts = GREATEST(attempts - %s, 0)"
            " WHERE id = %s AND staging = 'intended'",
            [0 if counts else 1, item.id],
        )
        _one(cursor.rowcount, item)


def see(work: Work, item: Item, *, by: Actor, at: datetime) -> None:
    """The staged value was read and is ours."""
    _require("see", item, StagingState.STAGED)
    _set(item, StagingState.STAGED)
    data: dict[str, Json] = {"item": item.index, "operation_key": item.operation_key, "system": item.system.key}
    _record(work, item, "execution.item_staged", data, by, at)


def clear(work: Work, item: Item, *, code: str, by: Actor, at: datetime) -> None:
    """Nothing of ours is staged any more; `code` says whether it was put back, never there, or somebody else's."""
    _require("clear", item, StagingState.CLEARED)
    _set(item, StagingState.CLEARED)
    data: dict[str, Json] = {"item": item.index, "code": code, "system": item.system.key}
    _record(work, item, "execution.item_unstaged", data, by, at)


def _set(item: Item, state: StagingState) -> None:
    with prepared() as cursor:
        cursor.execute(
            "UPDATE orchestr_execution_item SET staging = %s WHERE id = %s AND staging = %s",
            [str(state), item.id, item.staging],
        )
        _one(cursor.rowcount, item)


def _require(verb: str, item: Item, target: StagingState) -> None:
    STAGING_CHART.require(verb, item.staging, target, about={"item": str(item.id)})


def _one(count: int, item: Item) -> None:
    if count != 1:
        raise Refusal(
            Kind.CONFLICT, "not_in_this_state", "Somebody else has settled this item.",
            next="Reload it and look at what has happened since.", about={"item": str(item.id)},
        )  # fmt: skip


def _record(work: Work, item: Item, action: str, data: dict[str, Json], by: Actor, at: datetime) -> None:
    record(action=action, actor=by, at=at, about={**work.about, "item": item.id}, data=data, segments=work.segment_ids)
