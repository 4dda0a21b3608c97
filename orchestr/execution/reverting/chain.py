"""What became of one value since we wrote it, from our own writes on it and what is there now. Pure."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestr.catalogue.kinds import same
from orchestr.execution.reverting import rebase
from orchestr.policy.values import FieldKind, Json

Standing = Literal["ours", "already", "later", "foreign"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One applied write on the value. `undone_at`: it has been put back since. `taken`: it is to be put back now."""

    item_id: UUID
    proposal_id: UUID
    before: Json
    after: Json
    at: datetime | None
    undone_at: datetime | None = None
    taken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """`standing`: what is there is ours; is already what it would go back to; was changed later by another of our
    proposals (`later_by`); or by somebody else. `rebases_to` is None where a rebase means nothing."""

    standing: Standing
    restores_to: Json
    ours: Json
    rebases_to: Json = None
    later_by: Write | None = None


def judge(writes: Sequence[Write], live: Json, *, kind: FieldKind, as_of: tuple[Json] | None = None) -> Judged:
    """Judge the taken writes of one value. `writes` are all that is known, the oldest first.

    `as_of`: the value of a time that is to come back, instead of what the first taken write found.
    """
    stands = [write for write in writes if write.undone_at is None]
    taken = [write for write in stands if write.taken]
    first, last = taken[0], taken[-1]
    since = stands[stands.index(first) :]
    later = [write for write in since if not write.taken]
    goal = _root(writes, first) if as_of is None else as_of[0]
    if same(kind, live, goal):
        return Judged(standing="already", restores_to=goal, ours=last.after)
    unbroken = all(same(kind, one.after, other.before) for one, other in itertools.pairwise(since))
    if not later and same(kind, live, last.after) and (unbroken or as_of is not None):
        return Judged(standing="ours", restores_to=goal, ours=last.after)
    rebased = None
    if as_of is None:
        rebased = _rebased(since, live, goal, kind=kind, whole=unbroken and same(kind, live, since[-1].after))
    return Judged(
        standing="later" if later and same(kind, live, since[-1].after) else "foreign",
        restores_to=goal,
        ours=last.after,
        rebases_to=None if rebased is None or same(kind, rebased, live) else rebased,
        later_by=later[-1] if later else None,
    )


def _root(writes: Sequence[Write], first: Write) -> Json:
    """What the first taken write found; where that was made by a write that has since been put back, what that found."""
    goal = first.before
    for write in reversed(writes[: writes.index(first)]):
        put_back_after = write.undone_at is not None and first.at is not None and write.undone_at > first.at
        if not put_back_after or write.after != goal:
            break
        goal = write.before
    return goal


def _rebased(since: Sequence[Write], live: Json, goal: Json, *, kind: FieldKind, whole: bool) -> Json:
    """`whole`: every move from the first taken write up to what is there now is one of ours, approved."""
    if kind == "integer":
        return rebase.quantity(live, [(write.before, write.after) for write in since if write.taken])
    later = [(write.before, write.after) for write in since if not write.taken]
    if not whole or not later:
        return None
    if kind == "money":
        return rebase.money(goal, later)
    return rebase.text(goal, later) if kind == "text" else None
