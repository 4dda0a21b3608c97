"""Whether a set that is about to be queued goes out in shares: everybody's wishes together, the most careful counts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.record import Actor, Entry
from orchestr.execution.rollout.share import first_share
from orchestr.execution.rollout.states import ROLLOUT_CHART, RolloutState
from orchestr.policy.values import Json
from orchestr.prepared import prepared
from orchestr.workflows.rollout import Default, Terms, most_careful


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What proposer, workflow and reviewers ask for; the digest and atomicity of the version they ask it of."""

    digest: str
    atomicity: str
    tier: str
    proposer: Json
    workflow: Json
    reviewers: Sequence[Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A rollout to be: its terms, who asked for it, and the indexes of the changes that go first."""

    terms: Terms
    asked_by: tuple[str, ...]
    first: frozenset[int]
    count: int


def plan_rollout(wishes: Wishes, plan: Sequence[dict[str, Json]]) -> Begun | None:
    """None where all of it goes out at once: nobody asks, it is one thing, or it has to be whole."""
    if wishes.atomicity != "per_item":
        return None
    asked = list(_asked(wishes))
    terms = most_careful(each for _, each in asked)
    if terms is None:
        return None
    first = first_share(plan, digest=wishes.digest, share_bp=terms.share_bp)
    if not first:
        return None
    who = tuple(dict.fromkeys(name for name, _ in asked))
    return Begun(terms=terms, asked_by=who, first=first, count=len(plan))


def _asked(wishes: Wishes) -> list[tuple[str, Terms]]:
    found = [("proposer", Terms.parse(wishes.proposer))] if wishes.proposer else []
    if wishes.workflow and (default := Default.parse(wishes.workflow)).covers(wishes.tier):
        found.append(("workflow", default.terms))
    return found + [("reviewer", Terms.parse(each)) for each in wishes.reviewers]


_INSERT = """
INSERT INTO orchestr_rollout (execution_id, state, terms, asked_by, first_items, later_items, created_at, looks,
                              reason, why)
SELECT t.execution, 'first', t.terms, ARRAY(SELECT jsonb_array_elements_text(t.asked_by)), t.first, t.later, %(at)s, 0,
       '', ''
FROM unnest(%(execution)s::uuid[], %(terms)s::jsonb[], %(asked_by)s::jsonb[], %(first)s::int[], %(later)s::int[])
     AS t(execution, terms, asked_by, first, later)
"""


def begin(begun: dict[UUID, Begun], *, at: datetime) -> None:
    """Insert the rollouts of these executions, in one statement. The caller holds the proposals."""
    if not begun:
        return
    ROLLOUT_CHART.require("begin", None, RolloutState.FIRST, about={})
    rows = list(begun.values())
    with prepared() as cursor:
        cursor.execute(
            _INSERT,
            {
                "at": at,
                "execution": list(begun),
                "terms": [json.dumps(row.terms.wire()) for row in rows],
                "asked_by": [json.dumps(row.asked_by) for row in rows],
                "first": [len(row.first) for row in rows],
                "later": [row.count - len(row.first) for row in rows],
            },
        )


def entry(
    begun: Begun, *, proposal_id: UUID, execution_id: UUID, segments: Sequence[UUID], by: Actor, at: datetime
) -> Entry:
    """The audit event of one that has begun."""
    return Entry(
        action="rollout.began",
        actor=by,
        at=at,
        about={"proposal": proposal_id, "execution": execution_id},
        data={
            "share_bp": begun.terms.share_bp,
            "hold_s": begun.terms.hold_s,
            "asked_by": list(begun.asked_by),
            "first": len(begun.first),
            "later": begun.count - len(begun.first),
        },
        segments=segments,
    )
