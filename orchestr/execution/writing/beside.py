"""Values beside the one that is written, which the write could disturb: read before it and again after it.

The connector names them. Whatever differs is told with the item's outcome, by field and address and never by value:
not everybody who sees the item may see what lies beside it. What a shop counts by itself while it sells is not
compared, nor what comes into being or goes together with the value. What was read before is kept with the item before
anything is sent, so that whoever settles it after a worker has died compares too.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from orchestr.catalogue.kinds import same
from orchestr.connectors.base import Address, ConnectorError, Observed, Target
from orchestr.execution import sessions, transitions
from orchestr.execution.worker import Worker
from orchestr.execution.writing.grip import grip
from orchestr.execution.writing.work import Item, Work
from orchestr.policy.values import Json

CHANGED, UNREAD = "beside_changed", "beside_unread"
MOST_NAMED = 6


def look(item: Item, worker: Worker) -> tuple[Observed, tuple[Observed, ...]]:
    """The live value and what lies beside it, in one read. Raises what a connector's read raises."""
    session = sessions.session(item.system, worker.stage)
    others = [] if item.before is None or item.after is None else _compared(item, session.siblings(item.target))
    live, *beside = session.read([item.target, *others])
    return live, tuple(beside)


def remember(work: Work, item: Item, around: Sequence[Observed], *, at: datetime) -> None:
    """Keep with the item what lies beside it, committed before anything is sent; nothing where nothing does."""
    if not around:
        return
    kept = [{**_place(each.target), "value": each.value} for each in around]
    with transaction.atomic():
        grip(work, at=at)
        transitions.note_around(item, kept)


def remembered(item: Item) -> tuple[Observed, ...]:
    """What lay beside the item before anything was sent for it, as a worker that is gone has kept it."""
    return tuple(
        Observed(
            target=Target(
                type=each["type"],
                id=each["id"],
                ref=each["ref"],
                field=each["field"],
                address=Address.parse(each["address"]),
            ),
            value=each["value"],
        )
        for each in item.around
    )


def disturbed(item: Item, worker: Worker, before: Sequence[Observed]) -> tuple[str, str]:
    """Code and names of what differs from before the write, ("", "") if nothing does."""
    if not before:
        return "", ""
    try:
        now = sessions.session(item.system, worker.stage).read([one.target for one in before])
    except ConnectorError:
        return UNREAD, _names([one.target for one in before])
    kinds = {(one.type, one.field): one.kind for one in sessions.declaration(item.system).fields}
    moved = [
        was.target
        for was, one in zip(before, now, strict=True)
        if not same(kinds[was.target.type, was.target.field], was.value, one.value)
    ]
    return (CHANGED, _names(moved)) if moved else ("", "")


def _place(target: Target) -> dict[str, Json]:
    return {
        "type": target.type,
        "id": target.id,
        "ref": target.ref,
        "field": target.field,
        "address": target.address.wire(),
    }


def _compared(item: Item, siblings: Sequence[Target]) -> list[Target]:
    """Those of declared fields that do not move by themselves."""
    still = {(one.type, one.field) for one in sessions.declaration(item.system).fields if one.freshness != "stock"}
    return [one for one in siblings if (one.type, one.field) in still]


def _names(targets: Sequence[Target]) -> str:
    named = [
        " ".join([one.field, *(str(part) for part in one.address.wire().values() if part is not None)])
        for one in targets[:MOST_NAMED]
    ]
    return ", ".join(named) + (", …" if len(targets) > MOST_NAMED else "")
