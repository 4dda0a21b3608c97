"""Values beside the one that is written, which the write could disturb: read before it and again after it.

The connector names them. Whatever differs is told with the item's outcome, by field and address and never by value:
not everybody who sees the item may see what lies beside it. What a shop counts by itself while it sells is not
compared, nor what comes into being or goes together with the value. A worker that dies in between leaves it
uncompared: the item is then settled by its own value alone.
"""

from collections.abc import Sequence

from orchestr.catalogue.kinds import same
from orchestr.connectors.base import ConnectorError, Observed, Target
from orchestr.execution import sessions
from orchestr.execution.work import Item
from orchestr.execution.worker import Worker

CHANGED, UNREAD = "beside_changed", "beside_unread"
MOST_NAMED = 6


def look(item: Item, worker: Worker) -> tuple[Observed, tuple[Observed, ...]]:
    """The live value and what lies beside it, in one read. Raises what a connector's read raises."""
    session = sessions.session(item.system, worker.stage)
    others = [] if item.before is None or item.after is None else _compared(item, session.siblings(item.target))
    live, *beside = session.read([item.target, *others])
    return live, tuple(beside)


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
